import { KILL_POINTS } from "@fyr/agent/testing";
import { TASK_PHASES } from "@fyr/protocol";

/**
 * What is worth reaching, and why: a world in which it never happens proves nothing about it. Every one has to be seen
 * within every thousand seeds. To add one, say `stage.saw(name)` where it happens and write here what it means.
 */
export const SOMETIMES: Readonly<Record<string, string>> = {
  "events were acknowledged": "the hub told an agent that what it reported is kept",
  "a lease ran out": "an order was not taken up in time, and may be given anew",
  "an outcome was in doubt": "the hub did not know what became of an upgrade, and asked",
  "somebody asked for what is not theirs": "a task of another organisation was asked for by its id",
  "a lease ran out while a device was changed": "an agent fell silent in the middle of an upgrade",
  "a report came twice": "an event was sent again after it had reached the hub",
  "a certificate was renewed": "an agent changed its identity while all this went on",
  "a download went on where it had stopped": "an image was fetched in more than one piece",
  "a cancel came after the intent": "an upgrade was called off while its image was on the way",
  "a cancel came after the point of no return": "an upgrade was called off too late",
  "a device went back to its old version": "an image was installed and then given up",
  ...Object.fromEntries(
    TASK_PHASES.filter((phase) => phase !== "pending").map((phase) => [
      `task ${phase}`,
      "a task came to this phase",
    ]),
  ),
  ...Object.fromEntries(
    KILL_POINTS.map((point) => [
      `ended at ${point}`,
      "an agent's process ended at this point of its journal",
    ]),
  ),
};

/** What no seed reaches, with the reason; something else proves it. */
export const OUT_OF_REACH: Readonly<Record<string, string>> = {};
