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
