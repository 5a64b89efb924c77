import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A grant is listed to the hub before it is in the journal: a crash loses an order that the hub counts as taken.",
  edits: [
    {
      file: "agent/src/upgrade/jobs.ts",
      find: `    job.write({ event: job.stateEvent() });
    this.#open.set(job.record.jobId, job);`,
      replace: `    this.#later(5_000, () => job.write({ event: job.stateEvent() }));
    this.#open.set(job.record.jobId, job);`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/jobs.test.ts",
      name: "one device, several orders > a grant is in the journal by the time that it can be listed",
    },
  ],
};
