import { createHash } from "node:crypto";
import {
  nextState,
  SERVER_SHOWN,
  STEPS,
  type Evidence,
  type FaultCode,
  type JobEvent,
  type JobState,
  type Progress,
  type ServerStep,
  type StepEvent,
  type UnhashedEvent,
} from "@fyr/protocol";
import { sleep, type Clock, type Logger } from "@fyr/runtime";
import { hashed } from "../upgrade/chain.ts";
import type { ImageCache, Probe, SiteTime, Trust } from "../ports.ts";
import type { Exit } from "./exits.ts";
import type { HostProbe, InstallDesk } from "./ports.ts";
import type { InstallRun, ServerJobRecord } from "./records.ts";
import type { ServerSettings } from "./settings.ts";
import type { ServerShelf } from "./shelf.ts";
import type { Usual } from "./usual.ts";

export interface ServerPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly shelf: ServerShelf;
  readonly usual: Usual;
  readonly host: HostProbe;
  readonly desk: InstallDesk;
  readonly trust: Pick<Trust, "verifyServer">;
  readonly siteTime: SiteTime;
  readonly cache: ImageCache;
  readonly probe: Probe;
  readonly settings: ServerSettings;
  /** Something to tell the hub; live progress moved. */
  readonly news: () => void;
  readonly moved: () => void;
}

/** The agent stops: what waits ends, and the next start goes on. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

type StepNews = Pick<StepEvent, "moment"> & Partial<Pick<StepEvent, "code" | "evidence">>;

export const runKeyOf = (jobId: string, act: string, attempt: number): string =>
  createHash("sha256").update(`${jobId}/${act}/${attempt}`).digest("hex").slice(0, 32);

/** How much of the whole lies behind when a state is entered, in percent: a label for people. */
const BEHIND: Readonly<Record<JobState, readonly [from: number, to: number]>> = {
  accepted: [0, 0],
  parked: [0, 0],
  staging: [0, 25],
  armed: [25, 25],
  executing: [25, 40],
  settling: [40, 90],
  observing: [40, 90],
  verifying: [90, 99],
  closing: [100, 100],
  closed: [100, 100],
};

/** One job at a server as this process has it. Its record is always as it is on disk; every change goes through `write`. */
export class ServerJob {
  readonly ports: ServerPorts;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  record: ServerJobRecord;
  /** Bytes of the package so far. */
  bytes = 0;
  #since: number;
  #watch: { readonly runKey: string; readonly from: number } | null = null;

  constructor(ports: ServerPorts, record: ServerJobRecord, stopping: AbortSignal) {
    const { taskId, epoch } = record;
    this.ports = ports;
    this.record = record;
    this.stopping = stopping;
    this.log = ports.log.child({ taskId, epoch });
    this.#since = ports.clock.mono();
  }

  /** What was ordered. @throws Error before the order was verified: no later state is reached without it */
  get order() {
    const { order, image } = this.record;
    if (!order || !image) throw new Error(`job ${this.record.jobId} has no verified order`);
    return { ...order, image };
  }

  get settings(): ServerSettings {
    return this.ports.settings;
  }

  /** Monotonic milliseconds in the state, or in the step that began since. */
  get sinceMs(): number {
    return this.ports.clock.mono() - this.#since;
  }

  get isOpen(): boolean {
    return this.record.state !== "closing" && this.record.state !== "closed";
  }

  /** The helper of which nobody knows yet what it did. */
  get openRun(): InstallRun | null {
    return this.record.runs.findLast(({ end }) => end === null) ?? null;
  }

  /** @throws Stopped */
  async rest(ms: number): Promise<void> {
    await sleep(this.ports.clock, ms, this.stopping);
    this.demandGoing();
  }

  /** @throws Stopped */
  demandGoing(): void {
    if (this.stopping.aborted) throw new Stopped();
  }

  #event(body: Record<string, unknown> & Pick<JobEvent, "kind">): JobEvent {
    const { taskId, jobId, epoch, seq, lastHash: previous } = this.record;
    const at = Math.round(this.ports.clock.wall());
    return hashed({ taskId, jobId, epoch, seq: seq + 1, at, previous, ...body } as UnhashedEvent);
  }

  /** One row, with the event in it: on disk when it returns, or nothing has changed. */
  write(change: Partial<ServerJobRecord>, event?: JobEvent): void {
    const { events } = this.record;
    const told = event && { seq: event.seq, lastHash: event.hash, events: [...events, event] };
    const record = { ...this.record, ...change, ...told };
    this.ports.shelf.keep(record);
    this.record = record;
    if (event) this.ports.news();
  }

  stateEvent(
    more: { park?: ServerJobRecord["park"]; code?: FaultCode } = {},
    state = this.record.state,
  ): JobEvent {
    const { park, code } = more;
    return this.#event({ kind: "state", state, ...(park && { park }), ...(code && { code }) });
  }

  stepEvent(step: ServerStep, attempt: number, news: StepNews): JobEvent {
    return this.#event({ kind: "step", step, try: attempt, ...news });
  }

  outcomeEvent(exit: Exit & { move: "end" }, version: string | null): JobEvent {
    const { outcome, code, evidence = {} } = exit;
    return this.#event({ kind: "outcome", outcome, code, version, evidence });
  }

  /** Moves along an edge of the job table, with all that the edge carries. */
  move(exit: Exit, version: string | null = null): void {
    const { state: from } = this.record;
    const state = nextState(from, exit.move);
    if (!state) throw new Error(`the job table has no ${exit.move} from ${from}`);
    const { probe, clock } = this.ports;
    probe.at(`server/${from}/${exit.move}/before`);
    if (exit.move === "end") this.#close(exit, version);
    else this.#advance(exit, state);
    this.log.info({ from, move: exit.move, to: state, fault: exit.code ?? undefined }, "server job moved");
    probe.at(`server/${from}/${exit.move}/after`);
    this.#since = clock.mono();
    this.bytes = 0;
    this.ports.moved();
  }

  #advance(exit: Exclude<Exit, { move: "end" }>, state: JobState): void {
    const park = exit.move === "park" ? exit.park : null;
    const event = this.stateEvent({ park, ...(exit.code && { code: exit.code }) }, state);
    this.write({ ...exit.job, state, step: null, park }, event);
  }

  #close(exit: Exit & { move: "end" }, version: string | null): void {
    const { outcome, code, evidence = {} } = exit;
    const done: InstallRun["end"] = outcome === "succeeded" ? "done" : "failed";
    const runs = this.record.runs.map((run) => (run.end === null ? { ...run, end: done } : run));
    const ending = { outcome, code, version, evidence };
    const change: Partial<ServerJobRecord> = {
      runs,
      ...exit.job,
      state: "closing",
      step: null,
      park: null,
      ending,
    };
    this.write(change, this.outcomeEvent(exit, version));
  }

  /** Enters a step; told to nobody, because nothing was done yet. */
  enter(step: ServerStep): void {
    this.record = { ...this.record, step };
    this.#since = this.ports.clock.mono();
    this.ports.moved();
  }

  /** The intent to install: on disk, and told, before a helper is started. */
  beginRun(evidence: Evidence): InstallRun {
    const { clock, probe, usual } = this.ports;
    const attempt = this.record.runs.length + 1;
    const at = Math.round(clock.wall());
    const run: InstallRun = {
      runKey: runKeyOf(this.record.jobId, "install", attempt),
      try: attempt,
      at,
      until: at + Math.round(usual.ms()),
      watchedMs: 0,
      overdue: false,
      asked: false,
      began: false,
      end: null,
    };
    probe.at("server/install/before-intent");
    const news = this.stepEvent("install", attempt, {
      moment: "begun",
      evidence: { ...evidence, until: run.until },
    });
    this.write({ runs: [...this.record.runs, run] }, news);
    probe.at("server/install/after-intent");
    return run;
  }

  /** The key of the package's folder on the host before a helper is: that of the run to come. */
  get nextRunKey(): string {
    return runKeyOf(this.record.jobId, "install", this.record.runs.length + 1);
  }

  /** Monotonic milliseconds that this run was watched, over all processes so far. */
  watchedMs({ runKey, watchedMs }: InstallRun): number {
    const now = this.ports.clock.mono();
    if (this.#watch?.runKey !== runKey) this.#watch = { runKey, from: now - watchedMs };
    return now - this.#watch.from;
  }

  /** Changes what is known of a run; with news, the hub is told in the same row. */
  noteRun(run: InstallRun, change: Partial<InstallRun>, event?: JobEvent): InstallRun {
    const now = { ...run, ...change };
    this.write({ runs: this.record.runs.map((each) => (each.runKey === run.runKey ? now : each)) }, event);
    return now;
  }

  progress(): Progress {
    const { taskId, epoch, state, step } = this.record;
    return { taskId, epoch, state, step, percent: this.#percent(), leftMs: this.#leftMs() };
  }

  #percent(): number {
    const { state, grant } = this.record;
    const [from, to] = BEHIND[state];
    const share =
      state === "staging"
        ? this.bytes / Math.max(1, grant.sizeBytes)
        : (this.openRun?.watchedMs ?? 0) / this.ports.usual.ms();
    return from + (to - from) * Math.min(0.95, share);
  }

  #leftMs(): number | null {
    const { state } = this.record;
    if (state === "closing" || state === "closed") return 0;
    if (!SERVER_SHOWN[state].unavailable) return Math.round(this.ports.usual.ms());
    const left = (this.openRun?.until ?? 0) - this.ports.clock.wall();
    return left > 0 ? Math.round(left) : null;
  }

  /** The hub has everything up to `seq`; a job that has nothing more to say is closed. */
  acked(seq: number): void {
    const { state, seq: last, ackedSeq } = this.record;
    if (seq === ackedSeq && !(state === "closing" && seq === last)) return;
    if (state !== "closing" || seq < last) return this.write({ ackedSeq: seq });
    this.ports.probe.at("server/closing/acknowledged/before");
    this.write({ state: "closed", ackedSeq: seq, closedAt: Math.round(this.ports.siteTime.now()) });
    this.ports.probe.at("server/closing/acknowledged/after");
  }
}

/** Whether a step's facts say that the job may still be left. */
export const isFree = (step: ServerStep | null): boolean => step === null || STEPS[step].way === "free";
