import {
  isFault,
  type Ack,
  type Command,
  type Grant,
  type JobEvent,
  type JobId,
  type JobStanding,
  type Progress,
  type TaskId,
} from "@fyr/protocol";
import type { Cancel } from "@fyr/runtime";
import type { Jobs } from "../ports.ts";
import { jobIdOf } from "./chain.ts";
import { answer } from "./commands.ts";
import { newRecord, OpenJob } from "./job.ts";
import { notices } from "./notices.ts";
import type { UpgradePorts } from "./ports.ts";
import type { CommandRecord, JobRecord } from "./records.ts";
import { runJob } from "./runner.ts";
import { newSite } from "./site.ts";

export interface RunningJobs extends Jobs {
  /** Takes up what the journal holds. Call it once the site's single-instance lock is held. */
  start(): void;
  /** Ends what can be ended at any time, waits for what cannot, and starts nothing more. */
  stop(): Promise<void>;
  /** Jobs that are not closed. */
  openJobs(): readonly OpenJob[];
}

/** Each job that is taken up writes first; a few at a time, so that none waits for all before it acts. */
const STARTED_AT_ONCE = 16;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The jobs of a site: taken from the hub, run side by side, told about until the hub has it all. */
export function createJobs(ports: UpgradePorts): RunningJobs {
  return new SiteJobs(ports);
}

class SiteJobs implements RunningJobs {
  readonly #ports: UpgradePorts;
  readonly #site;
  readonly #news;
  readonly #moved;
  readonly #stop = new AbortController();
  readonly #open = new Map<JobId, OpenJob>();
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<Cancel>();
  #started = false;

  constructor(ports: UpgradePorts) {
    this.#ports = ports;
    this.#news = notices(ports.clock);
    this.#moved = notices(ports.clock, ports.settings.progressEveryMs);
    this.#site = newSite(ports, { news: () => this.#news.tell(), moved: () => this.#moved.tell() });
    for (const record of ports.journal.openJobs()) {
      this.#open.set(record.jobId, new OpenJob(this.#site, record, ports.journal.runs(record.jobId)));
    }
  }

  start(): void {
    this.#started = true;
    this.#afterDamage();
    this.#compact();
    for (const [at, job] of [...this.#open.values()].entries()) {
      const { state, seq, ackedSeq } = job.record;
      if (state === "closing" && ackedSeq === seq) job.acked(seq);
      if (at < STARTED_AT_ONCE) this.#run(job);
      else this.#later(Math.floor(at / STARTED_AT_ONCE), () => this.#run(job));
    }
  }

  /** Says nothing about what it cannot know; what may be wrong is looked at, or let go of. */
  #afterDamage(): void {
    const { journal, log, settings } = this.#ports;
    const damage = journal.damage();
    if (damage.length === 0) return;
    const rows = damage.map(({ table, key }) => `${table} ${key}`);
    log.error({ rows }, "journal rows were damaged and set aside; nothing is sent to devices for a while");
    for (const job of this.#open.values()) {
      job.lostRuns = damage.some(({ table }) => table === "step_run" || table === "wal");
      job.dropped = damage.some(
        ({ table, key }) => table === "event" && key.startsWith(`${job.record.jobId}/`),
      );
    }
    this.#later(settings.stepMs.apply + settings.stepMs.return, () => journal.forgetDamage());
  }

  /** Once a day: what nobody will ask for again is forgotten. By the hub's time: a host may be years off. */
  #compact(): void {
    const { journal, siteTime, settings, log } = this.#ports;
    const isKnown = Number.isFinite(siteTime.uncertaintyMs());
    try {
      if (isKnown) journal.compact(siteTime.now() - settings.keepClosedMs);
    } catch (error) {
      log.warn({ error }, "old jobs could not be removed");
    }
    this.#later(isKnown ? DAY_MS : HOUR_MS, () => this.#compact());
  }

  #later(delayMs: number, act: () => void): void {
    const { clock, log } = this.#ports;
    const cancel = clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      try {
        act();
      } catch (error) {
        log.warn({ error }, "housekeeping failed");
      }
    });
    this.#timers.add(cancel);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const cancel of this.#timers) cancel();
    for (const job of this.#open.values()) job.interrupt("stop");
    await Promise.all(this.#running);
  }

  openJobs(): readonly OpenJob[] {
    return [...this.#open.values()].filter(({ record }) => record.state !== "closed");
  }

  #run(job: OpenJob): void {
    if (!this.#started || this.#stop.signal.aborted) return;
    const running = runJob(job, this.#stop.signal)
      .catch((error: unknown) => job.log.error({ error }, "job broke off"))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  accept(grant: Grant): void {
    const { journal, log, clock } = this.#ports;
    const { taskId, epoch } = grant;
    const known = journal.job(jobIdOf(taskId, epoch));
    if (known) return this.#adopt(known);
    if (journal.jobsOf(taskId).some((job) => job.epoch > epoch)) {
      return log.warn({ taskId, epoch }, "an older grant is not taken");
    }
    this.fence(taskId, epoch);
    const job = new OpenJob(this.#site, newRecord(grant, Math.round(clock.wall())), []);
    job.write({ event: job.stateEvent() });
    this.#open.set(job.record.jobId, job);
    for (const waiting of journal.commands()) {
      if (waiting.answer === null && waiting.command.taskId === taskId) answer(job, waiting);
    }
    this.#run(job);
  }

  /** A grant may have reached the disk although the disk said no. */
  #adopt(known: JobRecord): void {
    if (this.#open.has(known.jobId) || known.state === "closed") return;
    const job = new OpenJob(this.#site, known, this.#ports.journal.runs(known.jobId));
    this.#open.set(known.jobId, job);
    this.#run(job);
  }

  command(command: Command): void {
    const { journal, clock } = this.#ports;
    if (journal.command(command.commandId)) return;
    const record: CommandRecord = { command, answer: null, acked: false, at: Math.round(clock.wall()) };
    const job = this.openJobs().findLast((open) => open.record.taskId === command.taskId);
    job?.refresh();
    if (job) answer(job, record);
    else journal.write({ commands: [record] });
    this.#news.tell();
  }

  fence(taskId: TaskId, currentEpoch: number): void {
    for (const job of this.openJobs()) {
      const { taskId: mine, epoch, fencedBy } = job.record;
      if (mine !== taskId || epoch >= currentEpoch || (fencedBy ?? 0) >= currentEpoch) continue;
      job.refresh();
      job.write({ job: { fencedBy: currentEpoch } });
      if (!job.isPastLastChunk) job.interrupt();
    }
  }

  acknowledged(acks: readonly Ack[]): void {
    for (const { jobId, ackedSeq, resendFrom } of acks) {
      const job = this.#open.get(jobId) ?? this.#closed(jobId, resendFrom !== undefined);
      if (!job) continue;
      job.refresh();
      if (ackedSeq > job.record.seq) this.#drop(job, "the hub has seen more of it than the journal holds");
      else job.acked(resendFrom === undefined ? Math.max(ackedSeq, job.record.ackedSeq) : resendFrom - 1);
      const { state, seq, ackedSeq: now } = job.record;
      if (state === "closed" && now === seq) this.#open.delete(jobId);
    }
  }

  /** The hub may ask for a closed job again after it was restored from a backup. */
  #closed(jobId: JobId, isWanted: boolean): OpenJob | undefined {
    const record = isWanted ? this.#ports.journal.job(jobId) : undefined;
    if (!record) return undefined;
    const job = new OpenJob(this.#site, record, []);
    this.#open.set(jobId, job);
    return job;
  }

  /** What this journal says of the job counts no more; the hub has it looked at by a new grant. */
  #drop(job: OpenJob, reason: string): void {
    if (job.dropped) return;
    const { taskId, epoch, state } = job.record;
    this.#ports.log.error({ taskId, epoch, state, reason }, "job let go");
    job.dropped = true;
    job.interrupt();
    if (state === "closing") job.acked(job.record.seq);
  }

  outbox(limit: number): JobEvent[] {
    const events: JobEvent[] = [];
    for (const job of this.#open.values()) {
      job.refresh();
      const { ackedSeq, seq } = job.record;
      if (ackedSeq < seq && events.length < limit) events.push(...this.#owed(job, limit - events.length));
    }
    return events;
  }

  #owed(job: OpenJob, limit: number): JobEvent[] {
    const { jobId, ackedSeq, seq } = job.record;
    if (job.dropped) return [];
    try {
      const events = this.#ports.journal.events(jobId, ackedSeq, limit);
      if (events.length === Math.min(limit, seq - ackedSeq)) return events;
    } catch (error) {
      if (!isFault(error, "JOURNAL_CORRUPT")) throw error;
    }
    this.#drop(job, "events of this job are damaged");
    return [];
  }

  standings(): JobStanding[] {
    return this.openJobs()
      .filter((job) => !job.dropped)
      .map((job) => {
        const { taskId, jobId, epoch, state, seq } = job.record;
        return { taskId, jobId, epoch, state, seqHigh: seq, progress: this.#progressOf(job) };
      });
  }

  progress(): Progress[] {
    return this.openJobs().map((job) => this.#progressOf(job));
  }

  #progressOf(job: OpenJob): Progress {
    const { taskId, epoch, state, step } = job.record;
    return { taskId, epoch, state, step, ...job.outlook() };
  }

  commandAcks() {
    return this.#ports.journal
      .commands()
      .filter(({ acked }) => !acked)
      .map(({ command }) => command.commandId);
  }

  commandAcksStored(ids: Parameters<Jobs["commandAcksStored"]>[0]): void {
    const records = ids.flatMap((id) => this.#ports.journal.command(id) ?? []);
    this.#ports.journal.write({ commands: records.map((record) => ({ ...record, acked: true })) });
  }

  freeSlots(): number {
    const isTaken = ({ record }: OpenJob) => record.state !== "closing";
    return Math.max(0, this.#ports.settings.mostJobs - this.openJobs().filter(isTaken).length);
  }

  onNews(listener: () => void) {
    return this.#news.on(listener);
  }

  onProgress(listener: () => void) {
    return this.#moved.on(listener);
  }
}
