import { Fault, isTerminal, type Ack, type JobEvent, type JobStanding, type TaskId } from "@fyr/protocol";
import { applyEvents, regained, type FoldContext } from "../../upgrades/fold.ts";
import { jobIdOf } from "../../upgrades/job-id.ts";
import { withLease } from "../../upgrades/lease.ts";
import { move } from "../../upgrades/move.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import { wakeAt } from "../../upgrades/wake.ts";
import type { Draft } from "./draft.ts";

/** The hub was restored from a backup and never saw the event before. */
const UNKNOWN_HASH = "";

/** Events beyond a gap that are kept until it closes (upgrades.md 5.6). */
const LARGEST_GAP = 1_000;

export interface Fenced {
  readonly taskId: TaskId;
  readonly currentEpoch: number;
}

/** One job as a request speaks of it. */
type JobPlace = Pick<JobEvent, "taskId" | "jobId" | "epoch">;

/** @throws Fault MESSAGE_INVALID when an event names a job that is not its task's */
export function takeEvents(
  draft: Draft,
  events: readonly JobEvent[],
  context: FoldContext,
): { acks: Ack[]; fenced: Fenced[] } {
  const acks: Ack[] = [];
  const fenced: Fenced[] = [];
  for (const [jobId, told] of Map.groupBy(events, (event) => event.jobId)) {
    const [first] = told as [JobEvent, ...JobEvent[]];
    if (told.some((event) => event.taskId !== first.taskId || event.epoch !== first.epoch))
      throw new Fault("MESSAGE_INVALID");
    if (jobIdOf(first.taskId, first.epoch) !== jobId)
      throw new Fault("MESSAGE_INVALID", { problems: ["jobId"] });
    const task = currentTask(draft, first, told);
    if (task) {
      acks.push(takeInOrder(draft, task, told, context));
    } else {
      acks.push(takeLate(draft, told, context));
      if (!told.some(({ kind }) => kind === "outcome")) fenced.push(fence(draft, first.taskId));
    }
  }
  return { acks, fenced };
}

const fence = (draft: Draft, taskId: TaskId): Fenced => ({
  taskId,
  currentEpoch: draft.task(taskId)?.epoch ?? 0,
});

/** The task whose current job this is; undefined when that job's time is over, or it is none of this agent's. */
function currentTask(draft: Draft, place: JobPlace, told: readonly JobEvent[]): TaskRecord | undefined {
  const task = draft.task(place.taskId);
  if (task?.agentId !== draft.link.agentId || place.epoch < task.epoch) return undefined;
  if (place.epoch === task.epoch) return task;
  return isTerminal(task.phase) ? undefined : adopted(task, place.epoch, told);
}

/**
 * An agent with a higher epoch than the hub's proves that the hub was restored from a backup: its word is newer
 * than our record, so the job is taken as it stands.
 */
function adopted(task: TaskRecord, epoch: number, told: readonly JobEvent[], seqHigh = 0): TaskRecord {
  const first = told.reduce<JobEvent | undefined>(
    (low, event) => (low && low.seq < event.seq ? low : event),
    undefined,
  );
  const place = first
    ? { ackedSeq: first.seq - 1, lastHash: first.previous }
    : { ackedSeq: seqHigh, lastHash: UNKNOWN_HASH };
  return {
    ...task,
    ...place,
    epoch,
    attempt: task.attempt + 1,
    jobOpen: true,
    seqHigh: place.ackedSeq,
    lookFirst: true,
  };
}

function takeInOrder(draft: Draft, task: TaskRecord, told: readonly JobEvent[], context: FoldContext): Ack {
  const jobId = (told[0] as JobEvent).jobId;
  const known = new Map<number, JobEvent>();
  if (task.seqHigh > task.ackedSeq) for (const event of draft.buffered(jobId)) known.set(event.seq, event);
  for (const event of told) {
    const within = event.seq > task.ackedSeq && event.seq <= task.ackedSeq + LARGEST_GAP;
    if (!within || known.has(event.seq)) continue;
    known.set(event.seq, event);
    draft.written.events.push({ orgId: task.orgId, event, late: false, receivedAt: context.now });
  }
  const next: JobEvent[] = [];
  for (let seq = task.ackedSeq + 1, event = known.get(seq); event; event = known.get(++seq)) next.push(event);
  const folded = applyEvents(task, next, context);
  noteBroken(draft, task, next, context.now);
  noteProved(draft, task, next);
  // All that is known is either folded or lies beyond a gap.
  const beyond = known.size > next.length ? Math.max(...known.keys()) : folded.ackedSeq;
  const kept = beyond > folded.seqHigh ? { ...folded, seqHigh: beyond } : folded;
  if (kept !== draft.task(task.id)) draft.setTask(kept);
  const gap = highest(told) > kept.ackedSeq || kept.seqHigh > kept.ackedSeq;
  return { jobId, ackedSeq: kept.ackedSeq, ...(gap && { resendFrom: kept.ackedSeq + 1 }) };
}

const highest = (events: readonly JobEvent[]): number =>
  events.reduce((high, { seq }) => Math.max(high, seq), 0);

/**
 * A link that does not fit the one before shows an altered or missing event. The events count all the same: an outcome
 * is never refused (upgrades.md P5); but it is written down that somebody has to look.
 */
function noteBroken(
  { link, written }: Draft,
  task: TaskRecord,
  events: readonly JobEvent[],
  now: number,
): void {
  let last = task.lastHash;
  const torn = events.find(({ previous, hash }) => {
    const fits = previous === last || last === UNKNOWN_HASH;
    last = hash;
    return !fits;
  });
  if (!torn) return;
  const entry = { orgId: task.orgId, at: now, actor: `agent:${link.agentId}`, action: "task.chain_broken" };
  written.audit.push({ ...entry, object: task.id, after: { epoch: task.epoch, seq: torn.seq } });
}

function noteProved(
  draft: Draft,
  { orgId, deviceId, server }: TaskRecord,
  events: readonly JobEvent[],
): void {
  for (const event of events) {
    if (event.kind !== "outcome" || event.version === null) continue;
    draft.written.proved.push({
      kind: server ? "server" : "device",
      orgId,
      deviceId,
      version: event.version,
    });
  }
}

/** Evidence of a job whose time is over: kept, and acknowledged as a whole so that the agent can let it go. */
function takeLate(draft: Draft, told: readonly JobEvent[], { now }: FoldContext): Ack {
  const [first] = told as [JobEvent, ...JobEvent[]];
  const { orgId } = draft.link;
  if (draft.task(first.taskId)) {
    for (const event of told) draft.written.events.push({ orgId, event, late: true, receivedAt: now });
  }
  return { jobId: first.jobId, ackedSeq: highest(told) };
}

/** Renews the leases of the listed jobs, and names those whose time is over. */
export function takeStandings(
  draft: Draft,
  standings: readonly JobStanding[],
  context: FoldContext,
): Fenced[] {
  const fenced: Fenced[] = [];
  for (const standing of standings) {
    const { taskId, jobId, epoch, state } = standing;
    if (jobIdOf(taskId, epoch) !== jobId) throw new Fault("MESSAGE_INVALID", { problems: ["jobId"] });
    const found = draft.task(taskId);
    const restored = found && found.epoch < epoch && !isTerminal(found.phase);
    const task = restored ? adopted(found, epoch, [], standing.seqHigh) : found;
    if (task?.agentId === draft.link.agentId && task.epoch === epoch)
      keepLease(draft, task, standing, context);
    else if (state !== "closing" && state !== "closed") fenced.push(fence(draft, taskId));
  }
  return fenced;
}

function keepLease(draft: Draft, task: TaskRecord, { state }: JobStanding, context: FoldContext): void {
  if (!task.jobOpen) return;
  const owned = regained(task, context.now);
  const unsure = state === "accepted" || state === "observing" || state === "closing" || state === "closed";
  const known = unsure || owned.darkSince === null ? owned : { ...owned, darkSince: null };
  const started = unsure || owned.phase !== "reconciling" ? known : move(known, "start", context.now);
  const renewed = withLease(started, context);
  if (renewed !== draft.task(task.id)) draft.setTask({ ...renewed, wakeAt: wakeAt(renewed, context.now) });
}
