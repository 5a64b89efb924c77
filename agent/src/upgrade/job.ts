import {
  CHAIN_START,
  Fault,
  isFault,
  nextState,
  PAST_ARMED,
  type CameraStep,
  type Grant,
  type JobEvent,
  type JobState,
  type Serial,
  type StepEvent,
  type UnhashedEvent,
} from "@fyr/protocol";
import { sleep, type Logger } from "@fyr/runtime";
import type { Reading } from "../ports.ts";
import { answerTo, flashOf, isPastLastChunk } from "./cancel.ts";
import { hashed, jobIdOf, runKeyOf } from "./chain.ts";
import { leavesDoubt, type Exit } from "./exits.ts";
import { Holds } from "./holds.ts";
import { versionOf, type Flash } from "./observe.ts";
import { outlook, type Outlook } from "./plan.ts";
import type { ActName, CommandRecord, JobRecord, StepRun } from "./records.ts";
import type { Site } from "./site.ts";

/** Why a wait or a look ended early: a wish or a fence arrived, or the agent stops. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Something that a step tells the hub. */
type StepNews = Pick<StepEvent, "moment"> & Partial<Pick<StepEvent, "code" | "evidence">>;

interface JobChange {
  readonly job?: Partial<JobRecord>;
  readonly runs?: StepRun[];
  readonly event?: JobEvent;
  readonly command?: CommandRecord;
}

const stepOf = (act: ActName): CameraStep => (act === "restart" ? "trial" : act);

const isPastArmed = (state: JobState): boolean => (PAST_ARMED as readonly JobState[]).includes(state);

export function newRecord(grant: Grant, at: number): JobRecord {
  return {
    jobId: jobIdOf(grant.taskId, grant.epoch),
    taskId: grant.taskId,
    epoch: grant.epoch,
    grant,
    order: null,
    image: null,
    versionWhenAccepted: null,
    state: "accepted",
    step: null,
    park: null,
    needsBytes: 0,
    wish: null,
    fencedBy: null,
    powerRetries: 0,
    ending: null,
    seq: 0,
    lastHash: CHAIN_START,
    ackedSeq: 0,
    acceptedAt: at,
    closedAt: null,
  };
}

/**
 * One job as this process has it: its record and intents, always as they are on disk, and what only lives in memory.
 * Every change goes through `write`: to the disk first, then here.
 */
export class OpenJob {
  readonly site: Site;
  readonly log: Logger;
  record: JobRecord;
  runs: StepRun[];
  /** The newest look at the device, in this process. */
  reading: Reading | null = null;
  /** The journal and the hub disagree about this job; it is let go of. */
  dropped = false;
  /** Rows of intents were damaged: this job's may be among them. */
  lostRuns = false;
  /** Bytes of the image so far, in staging and in transfer. */
  bytes = 0;
  readonly #holds = new Holds();
  #stale = false;
  #since: number;
  #startedAt: number;
  #interrupt = new AbortController();
  #percent = 0;

  constructor(site: Site, record: JobRecord, runs: StepRun[]) {
    const { taskId, epoch } = record;
    this.site = site;
    this.log = site.ports.log.child({ taskId, epoch });
    this.record = record;
    this.runs = runs;
    this.#since = this.#startedAt = site.ports.clock.mono();
  }

  get ports() {
    return this.site.ports;
  }

  get settings() {
    return this.site.ports.settings;
  }

  /** What was ordered. @throws Error before the order was verified: no later state is reached without it */
  get order() {
    const { order, image } = this.record;
    if (!order || !image)
      throw new Error(`job ${this.record.jobId} has no verified order in ${this.record.state}`);
    return { ...order, image };
  }

  get serial(): Serial {
    return this.order.serial;
  }

  /** Monotonic milliseconds in the state, or in the step that began since. */
  get sinceMs(): number {
    return this.ports.clock.mono() - this.#since;
  }

  /** Monotonic milliseconds since the device was first touched, in this process. */
  get runningMs(): number {
    return this.ports.clock.mono() - this.#startedAt;
  }

  /** Aborts with `Interrupted` when a wish or a fence is to be looked at, and when the agent stops. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  interrupt(reason = "wish"): void {
    this.#interrupt.abort(new Interrupted(reason));
  }

  /** What interrupted was taken note of; waiting is possible again. */
  rearm(): void {
    if (this.#interrupt.signal.aborted) this.#interrupt = new AbortController();
  }

  /** @throws Interrupted */
  async rest(ms: number): Promise<void> {
    const { signal } = this;
    await sleep(this.ports.clock, ms, signal);
    signal.throwIfAborted();
  }

  /** @throws Interrupted */
  holdDevice(): Promise<void> {
    return this.#holds.takeDevice(this.site.devices, this.serial, this.signal);
  }

  /**
   * Takes one of the site's places for devices that are being changed.
   *
   * @throws Interrupted
   */
  holdPlace(first = false): Promise<void> {
    return this.#holds.takePlace(this.site.flashes, this.signal, first);
  }

  /** Lets others in, as far as the state allows. */
  letGo(): void {
    if (this.record.state === "observing") this.#holds.releasePlace();
    else if (!isPastArmed(this.record.state)) this.#holds.release();
  }

  /** Whether a wish or a fence ends the job here and now, before anything irrevocable. */
  get isStopped(): boolean {
    const { wish, fencedBy } = this.record;
    return (wish !== null || fencedBy !== null) && answerTo("cancel", this.record, this.runs) === "stop";
  }

  get flash(): Flash | null {
    const run = flashOf(this.runs);
    return run?.before && run.seen ? { serial: run.serial, before: run.before, seen: run.seen } : null;
  }

  /** The upload of which nobody knows yet what it did. @throws Error when there is none */
  get openFlash(): StepRun & { before: Flash["before"]; seen: Flash["seen"] } {
    const run = flashOf(this.runs);
    if (run?.end !== null || !run.before || !run.seen)
      throw new Error(`job ${this.record.jobId} has no open upload`);
    return { ...run, before: run.before, seen: run.seen };
  }

  runsOf(act: ActName, end?: StepRun["end"]): StepRun[] {
    return this.runs.filter((run) => run.act === act && (end === undefined || run.end === end));
  }

  /** Reads the job again where nobody could say what was written last. */
  refresh(): void {
    if (this.#stale) this.reload();
  }

  /** The job as the disk has it. */
  reload(): void {
    const { journal } = this.ports;
    this.record = journal.job(this.record.jobId) ?? this.record;
    this.runs = journal.runs(this.record.jobId);
    this.#stale = false;
  }

  /**
   * One transaction; what this object says is on disk when it returns.
   *
   * @throws Fault as `Journal.write`. After anything but DISK_FULL the disk may hold it or not: nothing more is written
   * before the job was read again, or what is there would be lost
   */
  write({ job, runs = [], event, command }: JobChange): void {
    const record = {
      ...this.record,
      ...job,
      ...(event && { seq: event.seq, lastHash: event.hash }),
    };
    if (this.#stale) throw new Fault("STORE_FAILED", { reason: "to be read again first" });
    try {
      this.ports.journal.write({
        jobs: job || event ? [record] : [],
        runs,
        events: event ? [event] : [],
        commands: command ? [command] : [],
      });
    } catch (error) {
      this.#stale = !isFault(error, "DISK_FULL");
      throw error;
    }
    this.record = record;
    for (const run of runs) this.#keep(run);
    if (event) this.site.news();
  }

  #keep(run: StepRun): void {
    if (run.jobId !== this.record.jobId) return;
    const at = this.runs.findIndex(({ runKey }) => runKey === run.runKey);
    if (at < 0) this.runs.push(run);
    else this.runs[at] = run;
  }

  /** The next link of this job's chain of events. */
  #event(body: Record<string, unknown> & Pick<JobEvent, "kind">): JobEvent {
    const { taskId, jobId, epoch, seq, lastHash: previous } = this.record;
    const at = Math.round(this.ports.clock.wall());
    return hashed({ taskId, jobId, epoch, seq: seq + 1, at, previous, ...body } as UnhashedEvent);
  }

  stateEvent(more: { park?: JobRecord["park"]; code?: string } = {}, state = this.record.state): JobEvent {
    const { park, code } = more;
    return this.#event({ kind: "state", state, ...(park && { park }), ...(code && { code }) });
  }

  /** Moves along an edge of the job table, with all that the edge carries, in one transaction. */
  move(exit: Exit): void {
    const { state: from } = this.record;
    const state = nextState(from, exit.move);
    if (!state) throw new Error(`the job table has no ${exit.move} from ${from}`);
    const code = exit.code ?? undefined;
    this.ports.probe.at(`job/${from}/${exit.move}/before`);
    this.write(exit.move === "end" ? this.#closing(exit) : this.#moving(exit, state));
    this.log.info({ from, move: exit.move, to: state, ...(code && { fault: code }) }, "job moved");
    this.ports.probe.at(`job/${from}/${exit.move}/after`);
    this.#since = this.ports.clock.mono();
    if (exit.move === "start") this.#startedAt = this.#since;
    this.bytes = 0;
    this.letGo();
    this.site.moved();
  }

  #moving(exit: Exclude<Exit, { move: "end" }>, state: JobState): JobChange {
    const { park, needsBytes } = exit.move === "park" ? exit : { park: null };
    const event = this.stateEvent({ park, ...(exit.code && { code: exit.code }) }, state);
    return {
      job: { ...exit.job, state, step: null, park, needsBytes: needsBytes ?? 0 },
      runs: exit.runs ?? [],
      event,
    };
  }

  /** The last event, and the end of every intent that is still open. */
  #closing({ outcome, code, evidence = {}, job }: Exit & { move: "end" }): JobChange {
    const version = this.reading && versionOf(this.reading);
    const ending = { outcome, code, version, evidence };
    const keepsDoubt = leavesDoubt(outcome, code);
    const runs = this.runs
      .filter((run) => run.end === null && !(keepsDoubt && run.seen?.lastChunk))
      .map((run): StepRun => ({ ...run, end: outcome === "succeeded" ? "done" : "failed", code }));
    const event = this.#event({ kind: "outcome", ...ending });
    return { job: { ...job, state: "closing", step: null, park: null, ending }, runs, event };
  }

  /** Enters a step. It is written with whatever is written next: steps before an intent are free to be run again. */
  enter(step: CameraStep): void {
    this.record = { ...this.record, step };
    this.#since = this.ports.clock.mono();
    this.bytes = 0;
    this.site.moved();
  }

  /** The intent of an act: on disk before the act may begin. */
  begin(act: ActName, more: Pick<Partial<StepRun>, "before" | "seen" | "code"> = {}): StepRun {
    const attempt = this.runsOf(act).length + 1;
    const run: StepRun = {
      runKey: runKeyOf(this.record.jobId, act, attempt),
      jobId: this.record.jobId,
      serial: this.serial,
      act,
      try: attempt,
      at: Math.round(this.ports.clock.wall()),
      before: null,
      seen: null,
      end: null,
      code: null,
      ...more,
    };
    this.ports.probe.at(`step/${act}/before-intent`);
    // A backup changes nothing at the device; that it was made is news enough.
    this.write({
      runs: [run],
      ...(act !== "backup" && { event: this.#stepEvent(run, { moment: "begun" }) }),
    });
    this.ports.probe.at(`step/${act}/after-intent`);
    return run;
  }

  /** Changes an intent's row; with news, the hub is told in the same transaction. */
  note(run: StepRun, change: Partial<StepRun>, news?: StepNews): StepRun {
    const now = { ...run, ...change };
    this.write({ runs: [now], ...(news && { event: this.#stepEvent(now, news) }) });
    return now;
  }

  #stepEvent(run: StepRun, news: StepNews): JobEvent {
    return this.#event({ kind: "step", step: stepOf(run.act), try: Math.max(1, run.try), ...news });
  }

  /** Live progress. Within one try it never goes back. */
  outlook(): Outlook {
    const { state, step, grant } = this.record;
    const standing = { state, step, sizeBytes: grant.sizeBytes, sinceMs: this.sinceMs, bytes: this.bytes };
    const now = outlook(standing, this.site.usual);
    this.#percent =
      state === "armed" || state === "parked" ? now.percent : Math.max(this.#percent, now.percent);
    return { percent: Math.min(100, this.#percent), leftMs: now.leftMs };
  }

  /** The hub has everything up to `seq` on its disk; a job that has nothing more to say is closed. */
  acked(seq: number): void {
    const { state, seq: last, ackedSeq } = this.record;
    if (seq === ackedSeq && !(state === "closing" && seq === last)) return;
    if (state !== "closing" || seq < last) return this.write({ job: { ackedSeq: seq } });
    this.ports.probe.at("job/closing/acknowledged/before");
    this.write({ job: { state: "closed", ackedSeq: seq, closedAt: Math.round(this.ports.siteTime.now()) } });
    this.ports.probe.at("job/closing/acknowledged/after");
  }

  get isPastLastChunk(): boolean {
    return isPastLastChunk(this.runs);
  }
}

/** A fault as it is; anything else is a broken assumption and goes on as one. */
export function faultOr(error: unknown): Fault {
  if (error instanceof Fault) return error;
  throw error;
}
