import { isDeepStrictEqual } from "node:util";
import { isTerminal, type JobEvent, type Task } from "@fyr/protocol";
import { flashedTwice, type DeviceTruth } from "@fyr/simulator";
import { breakIn } from "../e2e/stage/hub-book.ts";
import type { Case } from "./cases.ts";
import type { Kept, KeptJob } from "./kept.ts";

/** What the sweep promises, each by the word under which a breach of it is counted. */
export type Promised = "flashed twice" | "lost" | "terminal" | "true" | "known" | "process";

export interface Complaint {
  readonly of: Promised;
  readonly says: string;
}

/** All that is known when it is over, from four sides that do not know of each other. */
export interface Evidence {
  /** As the hub's API tells it. */
  readonly task: Task;
  /** The version that the hub has for the device. */
  readonly versionAtHub: string;
  /** What the hub's database holds of a job. */
  eventsAtHub(jobId: string): readonly JobEvent[];
  /** What the agent's journal holds. */
  readonly kept: Kept;
  /** What the device is. */
  readonly truth: DeviceTruth;
}

/** What of a case the judge must know. */
export type Expected = Pick<Case, "ends" | "untouched" | "leavesDoubt">;

const UPLOAD_BUDGET = 3;

/** Everything that is not as it must be; nothing when all is well. */
export function judge(of: Expected, evidence: Evidence): Complaint[] {
  const { task, truth, kept } = evidence;
  const by = (promised: Promised, says: readonly string[]) =>
    says.map((each) => ({ of: promised, says: each }));
  return [
    ...by("flashed twice", [...twice(truth, kept), ...unannounced(truth, kept)]),
    ...by("lost", lost(evidence)),
    ...by("terminal", isTerminal(task.phase) ? [] : [`the task is ${task.phase}`]),
    ...by("known", unknowns(of, truth, kept)),
    ...by("true", [...wrongEnd(of, task), ...wrongTouch(of, truth), ...untruths(evidence)]),
  ];
}

function twice({ uploads }: DeviceTruth, { intents }: Kept): string[] {
  return flashedTwice(uploads, { budget: UPLOAD_BUDGET, intents: intents.length }).map(
    ({ rule, upload }) => `upload ${upload}: ${rule}`,
  );
}

/** Uploads that began before an intent of their own was written. Agent and device read the same clock. */
function unannounced({ uploads }: DeviceTruth, { intents }: Kept): string[] {
  return uploads
    .filter(({ begunMs }, at) => {
      const since = uploads[at - 1]?.begunMs ?? 0;
      return !intents.some((intent) => since <= intent.at && intent.at <= begunMs);
    })
    .map(({ number }) => `upload ${number}: no intent of its own came before it`);
}

function lost({ kept, eventsAtHub }: Evidence): string[] {
  if (kept.jobs.length === 0) return ["the journal has no job"];
  return [
    ...kept.damage.map((row) => `the journal set ${row} aside`),
    ...kept.jobs.flatMap((job) => lostOf(job, eventsAtHub(job.jobId))),
  ];
}

/** The hub holds what the journal said: all of it, once, in order, to the letter. */
function lostOf({ jobId, state, seq, ackedSeq, events }: KeptJob, atHub: readonly JobEvent[]): string[] {
  const ends = atHub.filter(({ kind }) => kind === "outcome").length;
  const broken = breakIn(atHub);
  return [
    ...(state === "closed" && ackedSeq === seq ? [] : [`is ${state}, heard ${ackedSeq} of ${seq}`]),
    ...(broken === null ? [] : [`at the hub, ${broken}`]),
    ...(isDeepStrictEqual(atHub, events)
      ? []
      : [`the hub has ${atHub.length} events, or others, of ${events.length}`]),
    ...(ends === 1 && atHub.at(-1)?.kind === "outcome" ? [] : [`at the hub it ended ${ends} times`]),
  ].map((what) => `job ${jobId} ${what}`);
}

/** Nobody may be left wondering: neither what an act did, nor in what state the device is. */
function unknowns({ leavesDoubt }: Expected, truth: DeviceTruth, { openActs }: Kept): string[] {
  const { phase, reachable, active, target, uploads } = truth;
  const before = uploads[0]?.versionBefore ?? active;
  return [
    ...(openActs.length === 0 || leavesDoubt === true
      ? []
      : [`what became of ${openActs.join(", ")} is not written`]),
    ...(phase === "ready" && reachable ? [] : [`the device is ${phase}`]),
    ...(active === target || active === before ? [] : [`the device runs ${active}`]),
    ...(uploads.some(({ verdict }) => verdict === "running") ? ["an upload still runs"] : []),
  ];
}

function wrongEnd({ ends }: Expected, { phase, outcomeCode }: Task): string[] {
  const said = `${phase}:${outcomeCode}`;
  return ends.some((end) => end === phase || end === said) ? [] : [`the hub says ${said}`];
}

const wrongTouch = ({ untouched }: Expected, { uploads }: DeviceTruth): string[] =>
  untouched && uploads.length > 0 ? [`${uploads.length} uploads were begun`] : [];

/** Where the hub says something else than the device is. */
function untruths({ task: { phase }, versionAtHub, truth }: Evidence): string[] {
  const { active, committed, target, uploads } = truth;
  const runsTarget = active === target;
  const accepted = uploads.filter(({ verdict }) => verdict === "accepted").length;
  const isSo: Partial<Record<Task["phase"], boolean>> = {
    succeeded: runsTarget && committed,
    rolled_back: !runsTarget && committed,
    cancelled: uploads.length === 0,
    expired: uploads.length === 0,
    failed: !runsTarget || accepted === 1,
  };
  const is = `it runs ${active}, ${committed ? "committed" : "on trial"}, after ${uploads.length} uploads`;
  return [
    ...(isSo[phase] ? [] : [`said ${phase}, yet ${is}`]),
    ...(versionAtHub === active ? [] : [`the hub has ${versionAtHub} for it, yet ${is}`]),
  ];
}
