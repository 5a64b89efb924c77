import {
  FAULT_CODES,
  isTerminal,
  nextPhase,
  OUTCOMES,
  type FaultCode,
  type JobEvent,
  type Outcome,
} from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jobOf, type TestJob } from "../testing/job.ts";
import { taskRecord } from "../testing/records.ts";
import { syncBench } from "../testing/sync-bench.ts";
import { applyEvents } from "./fold.ts";
import type { TaskRecord } from "./task.ts";

const NOW = Date.UTC(2026, 0, 1);
const CONTEXT = { now: NOW, leaseMs: 900_000, chance: () => 0.5 };

const leased = (facts: Partial<TaskRecord> = {}): TaskRecord =>
  taskRecord({ phase: "leased", epoch: 1, attempt: 1, jobOpen: true, leaseUntil: NOW + 900_000, ...facts });

function jobFor({ id, epoch, toVersion }: TaskRecord): TestJob {
  const order = { signed: {}, signatures: [] };
  return jobOf({ order, taskId: id, epoch, targetVersion: toVersion, sizeBytes: 1 }, { wall: () => NOW });
}

const told = (task: TaskRecord, tell: (job: TestJob) => void, context = CONTEXT): TaskRecord => {
  const job = jobFor(task);
  tell(job);
  return applyEvents(task, job.events, context);
};

/** Something that a job may say, in whatever order: the hub has to stand all of it. */
const saying = fc.oneof(
  fc.constantFrom(
    (job: TestJob) => job.state("staging"),
    (job: TestJob) => job.state("executing"),
    (job: TestJob) => job.state("observing"),
    (job: TestJob) => job.state("settling"),
    (job: TestJob) => job.state("verifying"),
    (job: TestJob) => job.state("parked"),
    (job: TestJob) => job.step("identify"),
    (job: TestJob) => job.step("transfer"),
    (job: TestJob) => job.step("transfer", "lastChunk"),
    (job: TestJob) => job.step("commit", "done"),
  ),
  fc
    .tuple(fc.constantFrom<Outcome>(...OUTCOMES), fc.constantFrom<FaultCode | null>(null, ...FAULT_CODES))
    .map(
      ([outcome, code]) =>
        (job: TestJob) =>
          job.end(outcome, code),
    ),
);
const scripts = fc.array(saying, { minLength: 1, maxLength: 12 });

test("every event moves a task along the table or not at all, and an end is an end", () => {
  fc.assert(
    fc.property(scripts, fc.constantFrom("none", "requested" as const), (script, cancel) => {
      let task = leased({ cancel: cancel as TaskRecord["cancel"] });
      const job = jobFor(task);
      for (const say of script) say(job);
      for (const event of job.events) {
        const after = applyEvents(task, [event], CONTEXT);
        expect(after.ackedSeq).toBe(event.seq);
        if (isTerminal(task.phase))
          expect(after).toEqual({
            ...task,
            ackedSeq: after.ackedSeq,
            seqHigh: after.seqHigh,
            lastHash: after.lastHash,
          });
        expect(isTerminal(after.phase)).toBe(after.endedAt !== null);
        expect(after.wakeAt === null).toBe(isTerminal(after.phase));
        task = after;
      }
    }),
  );
});

test("however events travel, the task ends up as if they had come one by one", () => {
  const travel = fc.record({
    script: scripts,
    /** Which events each request brings, by place; anything may be left out, doubled and shuffled. */
    requests: fc.array(fc.array(fc.nat(13), { maxLength: 8 }), { maxLength: 8 }),
    stale: scripts,
  });
  fc.assert(
    fc.property(travel, ({ script, requests, stale }) => {
      const bench = syncBench();
      const task = bench.add(leased({ epoch: 2 }));
      const job = jobFor(task);
      for (const say of script) say(job);
      const old = jobFor({ ...task, epoch: 1 });
      for (const say of stale) say(old);

      // Where a job stands may be ahead of its events; here the events alone shall tell.
      const standing = { ...job.standing(), state: "accepted" } as const;
      const send = (events: JobEvent[]) =>
        bench.send({ events, jobs: [standing], capacity: { jobs: 0, cacheFreeBytes: 0 } });
      for (const places of requests) {
        send(
          places
            .flatMap((place) => [job.events[place], old.events[place + 3]])
            .filter((event) => event !== undefined),
        );
      }
      const { answer } = send([...job.events]);
      expect(answer?.acks.find(({ jobId }) => jobId === job.jobId)).toEqual({
        jobId: job.jobId,
        ackedSeq: job.events.length,
      });

      const clean = job.events.reduce((folded, event) => applyEvents(folded, [event], CONTEXT), task);
      expect(bench.tasks.get(task.id)).toEqual(clean);
      const kept = bench.events.filter(({ late }) => !late).map(({ event }) => event);
      expect(kept.sort((a, b) => a.seq - b.seq)).toEqual(job.events);
      expect(bench.events.filter(({ late }) => late).every(({ event }) => event.epoch === 1)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("an upgrade that goes well passes through running to its end", () => {
  const phases: string[] = [];
  let task = leased();
  const job = jobFor(task);
  job.succeed("12.11.77");
  for (const event of job.events) {
    task = applyEvents(task, [event], CONTEXT);
    if (phases.at(-1) !== task.phase) phases.push(task.phase);
  }
  expect(phases).toEqual(["leased", "running", "succeeded"]);
  expect(task).toMatchObject({
    evidence: { version: "12.11.77" },
    jobOpen: false,
    leaseUntil: null,
    wakeAt: null,
    endedAt: NOW,
  });
});

test("the point of no return is the last piece of an upload, and is left when a new upload begins", () => {
  const sent = told(leased(), (job) => {
    job.step("transfer");
    job.step("transfer", "lastChunk");
  });
  expect(sent).toMatchObject({ phase: "running", pastNoReturn: true, lastStep: "transfer" });
  const again = told({ ...sent, ackedSeq: 0, seqHigh: 0 }, (job) => {
    job.state("observing");
    job.state("executing");
    job.step("transfer");
  });
  expect(again).toMatchObject({ phase: "running", pastNoReturn: false });
});

test("a wish to cancel is refused at the point of no return, and done when the agent says so", () => {
  const wish = leased({ cancel: "requested" });
  expect(told(wish, (job) => job.step("transfer", "lastChunk")).cancel).toBe("refused");
  expect(told(wish, (job) => job.end("cancelled", "CANCELLED"))).toMatchObject({
    phase: "cancelled",
    cancel: "done",
  });
  expect(told(wish, (job) => job.end("given_back", "TRANSFER_CUT"))).toMatchObject({
    phase: "cancelled",
    cancel: "done",
  });
  expect(told(wish, (job) => job.end("succeeded"))).toMatchObject({ phase: "succeeded", cancel: "refused" });
  expect(told(wish, (job) => job.end("failed", "DEVICE_NO_RETURN"))).toMatchObject({
    phase: "reconciling",
    cancel: "requested",
  });
});

test("a job that is observed is in doubt until it says what it saw", () => {
  const doubt = told(leased(), (job) => job.state("observing"));
  expect(doubt).toMatchObject({
    phase: "reconciling",
    lookFirst: true,
    reconcilingSince: NOW,
    darkSince: NOW,
  });
  const seen = told({ ...doubt, ackedSeq: 0, seqHigh: 0 }, (job) => job.state("verifying"));
  expect(seen).toMatchObject({ phase: "running", darkSince: null, reconcilingSince: null });
});

test("a parked job shows why and until when", () => {
  const task = leased();
  const job = jobFor(task);
  job.state("parked");
  const event = {
    ...job.events[0]!,
    park: { reason: "disk_full", until: NOW + 5 },
    code: "DISK_FULL",
  } as JobEvent;
  const parked = applyEvents(task, [event], CONTEXT);
  const hold = { reason: "artifact_unavailable", until: NOW + 5, since: NOW, code: "DISK_FULL" };
  expect(parked).toMatchObject({ phase: "leased", holds: [hold] });
  job.state("staging");
  expect(applyEvents(parked, [job.events[1]!], CONTEXT).holds).toEqual([]);
});

test("an agent that speaks after its lease lapsed has the task again", () => {
  const lapsed = leased({ phase: "ready", leaseUntil: null, lookFirst: true });
  const back = told(lapsed, (job) => job.state("staging"));
  expect(back).toMatchObject({ phase: "leased", leaseUntil: NOW + CONTEXT.leaseMs, epoch: 1 });
  expect(nextPhase("ready", "grant")).toBe("leased");
});
