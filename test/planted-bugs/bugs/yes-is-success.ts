import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A device that answers 200 to the upload is called upgraded, without a proof.",
  edits: [
    {
      file: "agent/src/upgrade/steps/transfer.ts",
      find: `    case "accepted":
      return { move: "sent" };`,
      replace: `    case "accepted":
      return end("succeeded");`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "says yes and does nothing > ends truly, undisturbed and killed at the points it passes",
    },
    { kind: "seed", seed: 1, invariant: "X16" },
  ],
};
