import { KILL_POINTS } from "@fyr/agent/testing";
import { TASK_PHASES } from "@fyr/protocol";
import { FaultSpec } from "@fyr/simulator";

const all = (names: readonly string[], meaning: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, meaning]));

const DEVICE_FAULTS = FaultSpec.options.map(({ shape }) => shape.kind.value);

/**
 * What is worth reaching, and why: a world in which it never happens proves nothing about it. Every one has to be seen
 * within every thousand seeds. To add one, say `stage.saw(name)` where it happens and write here what it means.
 */
export const SOMETIMES: Readonly<Record<string, string>> = {
  "events were acknowledged": "the hub told an agent that what it reported is kept",
  "a report came twice": "an event that was told before was told again",
  "a lease ran out": "an order was not taken up in time, and may be given anew",
  "a lease ran out while a device was changed": "the hub gave up an agent that was at work",
  "an outcome was in doubt": "the hub did not know what became of an upgrade, and asked",
  "a download went on where it had stopped": "an image was fetched from the middle",
  "a certificate was renewed": "an agent has a new identity while everything else goes on",
  "a cancel came after the intent": "a device may have been touched when somebody changed their mind",
  "a cancel came after the point of no return":
    "a device had the whole image when somebody changed their mind",
  "a device went back to its old version": "an image was accepted, and is not what runs now",
  "somebody asked for what is not theirs": "a task of another organisation was asked for by its id",
  ...all(
    TASK_PHASES.map((phase) => `task ${phase}`),
    "a task came to this phase",
  ),
  ...all(
    ["cancelled", "leased", "running"].map((phase) => `cancel answered ${phase}`),
    "so far a task was when its cancelling was granted",
  ),
  ...all(
    DEVICE_FAULTS.map((kind) => `device fault ${kind}`),
    "this trouble struck a device",
  ),
  ...all(
    KILL_POINTS.map((point) => `ended at ${point}`),
    "an agent's process ended at this point of its journal",
  ),
};

/** What no seed reaches, with the reason; something else proves it. */
export const OUT_OF_REACH: Readonly<Record<string, string>> = {};
