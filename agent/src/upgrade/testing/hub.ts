import { CHAIN_START, type JobEvent, type JobId, type OutcomeEvent } from "@fyr/protocol";
import type { Jobs } from "../../ports.ts";
import { hashed } from "../chain.ts";

/** The hub's side of the outbox: takes events in order only, and remembers across restarts of the agent. */
export class FakeHub {
  readonly events = new Map<JobId, JobEvent[]>();

  /** One sync: everything new is checked, kept and acknowledged. */
  sync(jobs: Jobs): void {
    const touched = new Set(jobs.standings().map(({ jobId }) => jobId));
    for (const event of jobs.outbox(500)) {
      this.#take(event);
      touched.add(event.jobId);
    }
    jobs.acknowledged(
      [...touched].map((jobId) => ({ jobId, ackedSeq: this.events.get(jobId)?.length ?? 0 })),
    );
    jobs.commandAcksStored(jobs.commandAcks());
  }

  #take(event: JobEvent): void {
    const known = this.events.get(event.jobId) ?? [];
    if (event.seq <= known.length) {
      if (known[event.seq - 1]?.hash !== event.hash) throw new Error(`event ${event.seq} was changed`);
      return;
    }
    const { hash: _, ...body } = event;
    const before = known.at(-1);
    if (event.seq !== known.length + 1) throw new Error(`gap: ${event.seq} after ${known.length}`);
    if (event.previous !== (before?.hash ?? CHAIN_START)) throw new Error("the chain is broken");
    if (hashed(body).hash !== event.hash) throw new Error("the hash does not fit");
    const isRestore = event.kind === "step" && event.step === "restore";
    if (known.some(({ kind }) => kind === "outcome") && !isRestore)
      throw new Error("an event after the last one");
    this.events.set(event.jobId, [...known, event]);
  }

  all(): JobEvent[] {
    return [...this.events.values()].flat();
  }

  outcomes(): OutcomeEvent[] {
    return this.all().filter((event) => event.kind === "outcome");
  }
}
