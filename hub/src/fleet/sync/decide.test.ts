import { BootId, OrderClaims, SyncId, type Grant, type SyncResponse, type SyncRequest } from "@fyr/protocol";
import { expect, test } from "vitest";
import { newCommand, newTaskId, taskRecord } from "../../testing/records.ts";
import { jobOf } from "../../testing/job.ts";
import { syncBench, type SyncBench } from "../../testing/sync-bench.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import { BOOT_SILENT_MS } from "./boot.ts";

const HOUR = 3_600_000;
const boot = () => BootId.parse(newTaskId());
const sync = () => SyncId.parse(newTaskId());
const code = (ask: () => unknown): string => {
  try {
    ask();
    return "answered";
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const said = (bench: SyncBench, ...more: Parameters<SyncBench["send"]>): SyncResponse => {
  const { answer } = bench.send(...more);
  if (!answer) throw new Error("nothing was answered");
  return answer;
};
const orderIn = ({ order }: Grant) => OrderClaims.parse(order.signed);
const held = (bench: SyncBench, facts: Partial<TaskRecord> = {}) =>
  bench.add(
    taskRecord({
      phase: "leased",
      epoch: 1,
      attempt: 1,
      jobOpen: true,
      leaseUntil: bench.now + 15 * 60_000,
      ...facts,
    }),
  );
const jobFor = ({ id, epoch }: TaskRecord) =>
  jobOf(
    { order: { signed: {}, signatures: [] }, taskId: id, epoch, targetVersion: "12.11.77", sizeBytes: 1 },
    { wall: () => 1 },
  );

test("a site with nothing to say and nothing to hear gets no answer", () => {
  const bench = syncBench();
  expect(bench.send()).toEqual({ answer: null, nextPollMs: 1_000 });
});

test("grants are signed for this agent, numbered upward, and no more than it has room for", () => {
  const bench = syncBench();
  for (let n = 0; n < 5; n++) bench.add(taskRecord());
  const first = said(bench, { capacity: { jobs: 3, cacheFreeBytes: 0 } });
  const claims = first.grants.map(orderIn);
  expect(claims).toHaveLength(3);
  expect(claims.map(({ agentId }) => agentId)).toEqual(Array(3).fill(bench.link.agentId));
  expect(claims.map(({ body }) => [body.epoch, body.attempt, body.lookFirst])).toEqual(
    Array(3).fill([1, 1, false]),
  );
  const listed = [...bench.tasks.values()]
    .filter(({ jobOpen }) => jobOpen)
    .map((task) => jobFor(task).standing());
  const second = said(bench, { jobs: listed, capacity: { jobs: 9, cacheFreeBytes: 0 } });
  const numbers = [...claims, ...second.grants.map(orderIn)].map(({ sequence }) => sequence);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(numbers).toHaveLength(5);
});

test("order numbers go on above those that a hub gave out before it was restored from a backup", () => {
  const bench = syncBench({ orderSeq: 5 });
  bench.add(taskRecord());
  expect(orderIn(said(bench).grants[0]!).sequence).toBeGreaterThanOrEqual(bench.now);
});

test("the same sync is answered with the same bytes and done once", () => {
  const bench = syncBench();
  bench.add(taskRecord());
  const request = bench.request();
  const first = said(bench, request);
  bench.now += 5_000;
  const again = said(bench, request);
  expect(JSON.stringify(again)).toBe(JSON.stringify(first));
  expect([...bench.tasks.values()].map(({ epoch }) => epoch)).toEqual([1]);
});

test("a grant that never arrived is given again, with the same epoch", () => {
  const bench = syncBench();
  const { id } = bench.add(taskRecord());
  const lost = orderIn(said(bench).grants[0]!);
  const again = orderIn(said(bench).grants[0]!);
  expect([again.body.epoch, again.body.attempt]).toEqual([lost.body.epoch, lost.body.attempt]);
  expect(again.sequence).toBeGreaterThan(lost.sequence);
  expect(bench.tasks.get(id)).toMatchObject({ phase: "leased", epoch: 1 });
});

test("a job that an agent has forgotten is given anew, to look first", () => {
  const bench = syncBench();
  const preparing = held(bench, { ackedSeq: 3, seqHigh: 3 });
  const changing = held(bench, { phase: "running", ackedSeq: 9, seqHigh: 9 });
  const { grants } = said(bench, { bootId: boot() }, { lastSeenAt: bench.now - BOOT_SILENT_MS });
  const orders = grants.map((grant) => orderIn(grant).body);
  expect(orders.map(({ taskId, epoch, lookFirst }) => [taskId, epoch, lookFirst])).toEqual([
    [changing.id, 2, true],
    [preparing.id, 2, true],
  ]);
  expect(bench.tasks.get(changing.id)).toMatchObject({ phase: "reconciling", jobOpen: true, epoch: 2 });
  expect(bench.tasks.get(preparing.id)).toMatchObject({ phase: "leased", jobOpen: true, epoch: 2 });
});

test("whoever holds an older epoch is fenced, his word is kept as evidence and changes nothing", () => {
  const bench = syncBench();
  const task = held(bench, { epoch: 2, ackedSeq: 1, seqHigh: 1 });
  const old = jobFor({ ...task, epoch: 1 });
  old.state("executing");
  const current = jobFor(task).standing();
  const first = said(bench, { jobs: [current, old.standing()], events: old.outbox() });
  expect(first.fenced).toEqual([{ taskId: task.id, currentEpoch: 2 }]);
  expect(first.acks).toEqual([{ jobId: old.jobId, ackedSeq: 1 }]);
  old.end("succeeded", null, "12.11.77");
  const last = said(bench, { jobs: [current], events: old.events });
  expect(last).toMatchObject({ fenced: [], acks: [{ jobId: old.jobId, ackedSeq: 2 }] });
  expect(bench.events.map(({ late, event }) => [late, event.seq])).toEqual([
    [true, 1],
    [true, 2],
  ]);
  expect(bench.tasks.get(task.id)).toEqual(task);
});

test("what is said of a task that is not the agent's is let go, and tells nothing", () => {
  const bench = syncBench();
  const foreign = taskRecord({ phase: "leased", epoch: 1, jobOpen: true });
  bench.tasks.set(foreign.id, foreign);
  for (const task of [foreign, taskRecord({ epoch: 1 })]) {
    const job = jobFor(task);
    job.state("executing");
    const answer = said(bench, { events: job.outbox(), jobs: [job.standing()] });
    expect(answer.fenced).toEqual([{ taskId: task.id, currentEpoch: 0 }]);
    expect(answer.acks).toEqual([{ jobId: job.jobId, ackedSeq: 1 }]);
  }
  expect(bench.tasks.get(foreign.id)).toBe(foreign);
  expect(bench.events).toEqual([]);
});

test("a job id that is not its task's is refused as a whole", () => {
  const bench = syncBench();
  const [task, other] = [held(bench), held(bench)];
  const job = jobFor(task);
  job.state("executing");
  const forged = { ...job.events[0]!, taskId: other.id };
  expect(code(() => bench.send({ events: [forged] }))).toBe("MESSAGE_INVALID");
  expect(code(() => bench.send({ jobs: [{ ...job.standing(), taskId: other.id }] }))).toBe("MESSAGE_INVALID");
  expect(code(() => bench.send({ events: [job.events[0]!, { ...job.events[0]!, epoch: 2 }] }))).toBe(
    "MESSAGE_INVALID",
  );
  expect(bench.events).toEqual([]);
});

test("a gap is asked for, and what lies a thousand beyond it is not kept", () => {
  const bench = syncBench();
  const task = held(bench);
  const job = jobFor(task);
  for (let n = 0; n < 1_003; n++) job.state(n % 2 ? "staging" : "parked");
  const at = (...seqs: number[]) => ({
    events: seqs.map((seq) => job.events[seq - 1]!),
    jobs: [job.standing()],
  });
  expect(said(bench, at(3, 1_000, 1_001)).acks).toEqual([{ jobId: job.jobId, ackedSeq: 0, resendFrom: 1 }]);
  expect(bench.events.map(({ event }) => event.seq)).toEqual([3, 1_000]);
  expect(said(bench, at(1, 2)).acks).toEqual([{ jobId: job.jobId, ackedSeq: 3, resendFrom: 4 }]);
  expect(said(bench, at(3)).acks, "the gap is still there").toEqual([
    { jobId: job.jobId, ackedSeq: 3, resendFrom: 4 },
  ]);
});

test("listing a job renews its lease, once half of it is gone", () => {
  const bench = syncBench();
  const leaseMs = 15 * 60_000;
  const task = held(bench, { leaseUntil: bench.now + leaseMs, ackedSeq: 1, seqHigh: 1 });
  const jobs = [jobFor(task).standing()];
  bench.now += leaseMs / 2 - 1;
  bench.send({ jobs });
  expect(bench.tasks.get(task.id)).toBe(task);
  bench.now += 2;
  bench.send({ jobs });
  expect(bench.tasks.get(task.id)).toMatchObject({
    leaseUntil: bench.now + leaseMs,
    wakeAt: bench.now + leaseMs,
  });
});

test("an agent that lists a job after its lease lapsed has it again, if nobody else took it", () => {
  const bench = syncBench();
  const lapsed = held(bench, { phase: "ready", leaseUntil: null, lookFirst: true, ackedSeq: 2, seqHigh: 2 });
  const doubt = held(bench, {
    phase: "reconciling",
    leaseUntil: null,
    lookFirst: true,
    ackedSeq: 2,
    seqHigh: 2,
    darkSince: 5,
  });
  const [first, second] = [jobFor(lapsed), jobFor(doubt)];
  const jobs = [first.standing(), { ...second.standing(), state: "settling" as const }];
  expect(bench.send({ jobs }).answer).toBeNull();
  expect(bench.tasks.get(lapsed.id)).toMatchObject({ phase: "leased", epoch: 1 });
  expect(bench.tasks.get(doubt.id)).toMatchObject({ phase: "running", epoch: 1, darkSince: null });
});

test("a device in doubt is looked at before anything new begins", () => {
  const bench = syncBench();
  bench.add(taskRecord());
  const doubt = bench.add(taskRecord({ phase: "reconciling", epoch: 4, lookFirst: true }));
  const [grant] = said(bench, { capacity: { jobs: 1, cacheFreeBytes: 0 } }).grants;
  expect(orderIn(grant!).body).toMatchObject({ taskId: doubt.id, epoch: 5, lookFirst: true });
});

test("an agent with a higher epoch than the hub's is believed: the hub was restored from a backup", () => {
  const bench = syncBench();
  const [queued, open, over] = [
    bench.add(taskRecord()),
    held(bench, { ackedSeq: 5, seqHigh: 5 }),
    bench.add(taskRecord({ phase: "failed", epoch: 1 })),
  ];
  const jobs = [queued, open, over].map((task) => jobFor({ ...task, epoch: 3 }));
  for (const job of jobs) job.succeed();
  const [first, second, third] = jobs as [(typeof jobs)[0], (typeof jobs)[0], (typeof jobs)[0]];
  const events = [...first.events.slice(6), ...second.events.slice(6), ...third.events.slice(6)];
  const answer = said(bench, { jobs: jobs.map((job) => job.standing()), events });
  expect(answer.acks.map(({ ackedSeq }) => ackedSeq)).toEqual(jobs.map((job) => job.events.length));
  expect(bench.tasks.get(queued.id)).toMatchObject({ phase: "succeeded", epoch: 3 });
  expect(bench.tasks.get(open.id)).toMatchObject({ phase: "succeeded", epoch: 3 });
  expect(bench.tasks.get(over.id), "an end stays an end").toMatchObject({ phase: "failed", epoch: 1 });
  expect(answer.grants).toEqual([]);
});

test("a restart takes over at once, and who was replaced may not come back", () => {
  const bench = syncBench();
  const task = held(bench, { ackedSeq: 2, seqHigh: 2 });
  const jobs = [jobFor(task).standing()];
  const old = bench.link.bootId!;
  const fresh = boot();
  bench.send({ jobs, bootId: fresh });
  expect(bench.link).toMatchObject({ bootId: fresh, displaced: [old] });
  expect(code(() => bench.send({ jobs, bootId: old }))).toBe("SITE_ALREADY_BOUND");
  expect(code(() => bench.send({ jobs, bootId: old }, { lastSeenAt: bench.now - HOUR }))).toBe(
    "SITE_ALREADY_BOUND",
  );
});

test("who was replaced by the late word of a dead process is let in again when nobody else speaks", () => {
  const bench = syncBench();
  const [living, dead] = [bench.link.bootId!, boot()];
  bench.send({ bootId: dead });
  expect(bench.link).toMatchObject({ bootId: dead, displaced: [living] });
  const first = bench.request({ bootId: living });
  const refusal = { at: bench.now, syncId: first.syncId };
  const spokenMs = (ms: number) => ({ refusal, spokenAt: refusal.at + ms });
  const isRefused = (said: Partial<SyncRequest>, at: number, spokenAtMs: number) => {
    bench.now = refusal.at + at;
    expect(code(() => bench.send({ bootId: living, ...said }, spokenMs(spokenAtMs)))).toBe(
      "SITE_ALREADY_BOUND",
    );
  };
  isRefused({}, BOOT_SILENT_MS - 1, -1_000);
  isRefused({}, BOOT_SILENT_MS, 1);
  isRefused({ syncId: first.syncId }, BOOT_SILENT_MS, -1_000);
  bench.send({ bootId: living }, spokenMs(-1_000));
  expect(bench.link).toMatchObject({ bootId: living, displaced: [dead] });
});

test("a stranger that does not know the site's jobs waits until the site is silent", () => {
  const bench = syncBench();
  held(bench, { ackedSeq: 2, seqHigh: 2 });
  const stranger = { bootId: boot() };
  const bound = bench.link.bootId;
  expect(code(() => bench.send(stranger))).toBe("SITE_ALREADY_BOUND");
  expect(code(() => bench.send(stranger, { lastSeenAt: bench.now - BOOT_SILENT_MS + 1 }))).toBe(
    "SITE_ALREADY_BOUND",
  );
  expect(bench.link.bootId).toBe(bound);
  bench.send(stranger, { lastSeenAt: bench.now - BOOT_SILENT_MS });
  expect(bench.link.bootId).toBe(stranger.bootId);
});

test("a site last heard of in the future is taken for silent: the hub's clock was wrong then", () => {
  const bench = syncBench();
  held(bench, { ackedSeq: 2, seqHigh: 2 });
  const stranger = { bootId: boot() };
  bench.send(stranger, { lastSeenAt: bench.now + 1 });
  expect(bench.link.bootId).toBe(stranger.bootId);
});

test("a restart that never got its first grant is no stranger", () => {
  const bench = syncBench();
  bench.add(taskRecord());
  said(bench);
  const { grants } = said(bench, { bootId: boot() });
  expect(grants.map((grant) => orderIn(grant).body.epoch)).toEqual([1]);
});

test("a request that was overtaken brings its events and changes nothing else", () => {
  const bench = syncBench();
  const [early, late] = [sync(), sync()];
  const task = held(bench, { ackedSeq: 0 });
  bench.add(taskRecord());
  const job = jobFor(task);
  job.state("staging");
  said(bench, { syncId: late, jobs: [job.standing()], events: job.outbox() });
  const before = bench.tasks.get(task.id);
  job.state("armed");
  const answer = said(bench, { syncId: early, jobs: [], events: [job.events[1]!] });
  expect(answer).toMatchObject({ grants: [], commands: [], acks: [{ ackedSeq: 2 }] });
  expect(bench.tasks.get(task.id)).toMatchObject({ jobState: "armed", epoch: before!.epoch, jobOpen: true });
  expect(bench.link.lastSyncId).toBe(late);
  expect(bench.send({ syncId: early }, { newestSyncId: late }).answer).toBeNull();
});

test("a command is repeated until it is confirmed, or moot", () => {
  const bench = syncBench();
  const task = held(bench, { cancel: "requested", ackedSeq: 1, seqHigh: 1 });
  const { orgId, agentId } = bench.link;
  const command = {
    orgId,
    agentId,
    taskId: task.id,
    commandId: newCommand(),
    kind: "cancel",
    createdAt: 1,
  } as const;
  bench.commands.push(command);
  const job = jobFor(task);
  const jobs = [job.standing()];
  const { commandId, taskId, kind } = command;
  expect(said(bench, { jobs }).commands).toEqual([{ commandId, taskId, kind }]);
  expect(said(bench, { jobs }).commands).toHaveLength(1);
  expect(bench.send({ jobs, commandAcks: [commandId] }).answer).toBeNull();
  expect(bench.commands).toEqual([]);
});

test("an event that does not follow the one before is taken, and written down", () => {
  const bench = syncBench();
  const task = held(bench);
  const job = jobFor(task);
  job.state("staging");
  job.state("armed");
  bench.send({ jobs: [job.standing()], events: job.outbox() });
  expect(bench.actions).toEqual([]);
  job.end("succeeded");
  const torn = { ...job.events[2]!, previous: "f".repeat(64) };
  expect(said(bench, { events: [torn] }).acks).toEqual([{ jobId: job.jobId, ackedSeq: 3 }]);
  expect(bench.actions).toEqual(["task.chain_broken"]);
  expect(bench.tasks.get(task.id)).toMatchObject({ phase: "succeeded" });
});
