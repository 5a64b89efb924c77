import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An agent that died after it had started an installer starts another one.",
  edits: [
    {
      file: "agent/src/server/runner.ts",
      find: `  if (state === "executing" && !job.openRun) return;`,
      replace: `  if (state === "executing") return;`,
    },
    {
      file: "agent/src/server/steps/executing.ts",
      find: `  if (job.openRun) return { move: "look" };
`,
      replace: ``,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "simulator/src/host/sweep.test.ts",
      name: "R-080 R-081: a package that is put in place whole > ends truly, undisturbed and with the agent killed at each point that it passes",
    },
  ],
};
