import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A device that takes no image is sent it for ever.",
  edits: [
    {
      file: "agent/src/upgrade/steps/transfer.ts",
      find: `  return isPassing && failures(job) < tries ? "again" : endBy(fault);`,
      replace: `  return isPassing ? "again" : endBy(fault);`,
    },
    {
      file: "agent/src/upgrade/steps/transfer.ts",
      find: `  if (isPassing && failures(job) < tries) return "again";`,
      replace: `  if (isPassing) return "again";`,
    },
    {
      file: "agent/src/upgrade/decide.ts",
      find: `  return doubt.tries < doubt.mostTries
    ? { kind: "resend", afterPowerLoss: false }`,
      replace: `  return doubt.tries < 1_000
    ? { kind: "resend", afterPowerLoss: false }`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "never takes a whole image > ends truly, undisturbed and killed at the points it passes",
    },
  ],
};
