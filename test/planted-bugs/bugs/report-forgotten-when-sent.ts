import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A report is dropped when it leaves and not when the hub has it: what the line loses is gone.",
  edits: [
    {
      file: "agent/src/upgrade/jobs.ts",
      find: "      if (events.length === Math.min(limit, seq - ackedSeq)) return events;",
      replace: `      if (events.length === Math.min(limit, seq - ackedSeq)) {
        job.acked(ackedSeq + events.length);
        return events;
      }`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/jobs.test.ts",
      name: "the hub > gets every event again that it lost, also of a closed job",
    },
    { kind: "seed", seed: 1, invariant: "I9" },
  ],
};
