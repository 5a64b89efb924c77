import type {
  Ack,
  Command,
  CommandId,
  Grant,
  JobEvent,
  JobId,
  JobStanding,
  Progress,
  TaskId,
} from "@fyr/protocol";
import type { Cancel } from "@fyr/runtime";
import type { Jobs } from "../ports.ts";
import { jobIdOf } from "../upgrade/chain.ts";
import { notices } from "../upgrade/notices.ts";
import { ServerJob, type ServerPorts } from "./job.ts";
import { askedRestore, newServerRecord, type ServerJobRecord } from "./records.ts";
import { isRestoring, runRestore } from "./restore.ts";
import { runServerJob } from "./runner.ts";

export interface ServerJobs extends Jobs {
  start(): void;
  /** Ends the watching; helpers go on. */
  stop(): Promise<void>;
  openJobs(): readonly ServerJob[];
  knows(taskId: TaskId): boolean;
  /** A backup is being put back: when that is expected to be over; null when none is. */
  restoring(): { readonly until: number | null } | null;
}

/** Only one job works at a server at a time; what comes while one does waits in the hub's queue. */
const MOST_JOBS = 1;

/** The jobs of a server: taken from the hub, watched to their end, told about until the hub has it all. */
export function createServerJobs(ports: Omit<ServerPorts, "news" | "moved">): ServerJobs {
  return new HostJobs(ports);
}

class HostJobs implements ServerJobs {
  readonly #ports: ServerPorts;
  readonly #news;
  readonly #moved;
  readonly #stop = new AbortController();
  readonly #open = new Map<JobId, ServerJob>();
  readonly #running = new Set<Promise<void>>();
  /** Commands about jobs that nobody here knows: answered, so that they are not asked for ever. */
  readonly #strange = new Set<CommandId>();
  readonly #restores = new Set<JobId>();
  #started = false;

  constructor(ports: Omit<ServerPorts, "news" | "moved">) {
    this.#news = notices(ports.clock);
    this.#moved = notices(ports.clock, ports.settings.progressEveryMs);
    this.#ports = { ...ports, news: () => this.#news.tell(), moved: () => this.#moved.tell() };
    for (const record of ports.shelf.all()) {
      if (record.state !== "closed" || record.ackedSeq < record.seq || isRestoring(record))
        this.#keep(record);
    }
  }

  #keep(record: ServerJobRecord): ServerJob {
    const job = new ServerJob(this.#ports, record, this.#stop.signal);
    this.#open.set(record.jobId, job);
    return job;
  }

  start(): void {
    this.#started = true;
    this.#compact();
    for (const job of this.#open.values()) {
      const { state, seq, ackedSeq } = job.record;
      if (state === "closing" && ackedSeq === seq) job.acked(seq);
      this.#run(job);
    }
  }

  #compact(): void {
    const { shelf, siteTime, settings } = this.#ports;
    if (!Number.isFinite(siteTime.uncertaintyMs())) return;
    const before = siteTime.now() - settings.keepClosedMs;
    for (const { jobId, closedAt } of shelf.all())
      if (closedAt !== null && closedAt < before) shelf.forget(jobId);
  }

  #run(job: ServerJob): void {
    if (!this.#started || this.#stop.signal.aborted) return;
    const running = this.#live(job)
      .catch((error: unknown) => job.log.error({ error }, "server job broke off"))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #live(job: ServerJob): Promise<void> {
    await runServerJob(job);
    const { jobId } = job.record;
    if (this.#restores.has(jobId)) return;
    this.#restores.add(jobId);
    await runRestore(job).finally(() => this.#restores.delete(jobId));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  openJobs(): readonly ServerJob[] {
    return [...this.#open.values()].filter(({ record }) => record.state !== "closed");
  }

  knows(taskId: TaskId): boolean {
    return [...this.#open.values()].some(({ record }) => record.taskId === taskId);
  }

  accept(grant: Grant): void {
    const { shelf, clock, log } = this.#ports;
    const { taskId, epoch } = grant;
    const jobId = jobIdOf(taskId, epoch);
    if (this.#open.has(jobId) || shelf.read(jobId)) return;
    if (shelf.all().some((record) => record.taskId === taskId && record.epoch > epoch))
      return log.warn({ taskId, epoch }, "an older grant is not taken");
    this.fence(taskId, epoch);
    const job = this.#keep(newServerRecord(grant, Math.round(clock.wall())));
    try {
      job.write({}, job.stateEvent());
    } catch (error) {
      this.#open.delete(jobId);
      throw error;
    }
    this.#run(job);
  }

  /** The job of the task's newest grant, whether it is over or not. */
  #newest(taskId: TaskId): ServerJob | undefined {
    const record = this.#ports.shelf.all().findLast((each) => each.taskId === taskId);
    return record && (this.#open.get(record.jobId) ?? new ServerJob(this.#ports, record, this.#stop.signal));
  }

  restoring(): { readonly until: number | null } | null {
    const job = [...this.#open.values()].find(({ record }) => isRestoring(record));
    return job ? { until: job.record.restore?.until ?? null } : null;
  }

  /** A person's word that the backup of a failed upgrade shall be put back: taken once, for what is over. */
  #restore({ commandId, taskId }: Command): void {
    const job = this.#newest(taskId);
    if (!job) return void this.#strange.add(commandId);
    const { record } = job;
    this.#open.set(record.jobId, job);
    if (record.commands.some((known) => known.commandId === commandId)) return;
    const isTaken = !job.isOpen && record.restore === null;
    const commands = [
      ...record.commands,
      { commandId, answer: isTaken ? "done" : "over", acked: false } as const,
    ];
    job.write({ commands, ...(isTaken && { restore: askedRestore(Math.round(this.#ports.clock.wall())) }) });
    if (isTaken) this.#run(job);
  }

  /** A server's upgrade that was claimed is never withdrawn: the wish is answered, and told. */
  command(command: Command): void {
    const { commandId, taskId, kind } = command;
    if (kind === "restore") {
      this.#restore(command);
      return this.#news.tell();
    }
    const job = [...this.#open.values()].findLast(({ record }) => record.taskId === taskId);
    if (!job || job.record.commands.some((known) => known.commandId === commandId)) return;
    const answer = job.isOpen ? "claimed" : "over";
    const commands = [...job.record.commands, { commandId, answer, acked: false } as const];
    const isTold = answer === "claimed" && kind === "cancel";
    job.write({ commands }, isTold ? job.stateEvent({ code: "SERVER_CLAIMED" }) : undefined);
    this.#news.tell();
  }

  fence(taskId: TaskId, currentEpoch: number): void {
    for (const job of this.openJobs()) {
      const { taskId: mine, epoch, fencedBy } = job.record;
      if (mine !== taskId || epoch >= currentEpoch || (fencedBy ?? 0) >= currentEpoch) continue;
      job.write({ fencedBy: currentEpoch });
    }
  }

  acknowledged(acks: readonly Ack[]): void {
    for (const { jobId, ackedSeq, resendFrom } of acks) {
      const job = this.#open.get(jobId) ?? this.#closed(jobId, resendFrom !== undefined);
      if (!job) continue;
      const { seq, ackedSeq: before } = job.record;
      job.acked(Math.min(seq, resendFrom === undefined ? Math.max(ackedSeq, before) : resendFrom - 1));
      const { record } = job;
      if (record.state === "closed" && record.ackedSeq === seq && !isRestoring(record))
        this.#open.delete(jobId);
    }
  }

  #closed(jobId: JobId, isWanted: boolean): ServerJob | undefined {
    const record = isWanted ? this.#ports.shelf.read(jobId) : null;
    return record ? this.#keep(record) : undefined;
  }

  outbox(limit: number): JobEvent[] {
    return [...this.#open.values()]
      .flatMap(({ record }) => record.events.filter(({ seq }) => seq > record.ackedSeq))
      .slice(0, limit);
  }

  standings(): JobStanding[] {
    return this.openJobs().map((job) => {
      const { taskId, jobId, epoch, state, seq } = job.record;
      return { taskId, jobId, epoch, state, seqHigh: seq, progress: job.progress() };
    });
  }

  progress(): Progress[] {
    return this.openJobs().map((job) => job.progress());
  }

  commandAcks(): CommandId[] {
    const known = [...this.#open.values()].flatMap(({ record }) =>
      record.commands.filter(({ acked }) => !acked).map(({ commandId }) => commandId),
    );
    return [...known, ...this.#strange];
  }

  commandAcksStored(ids: readonly CommandId[]): void {
    for (const id of ids) this.#strange.delete(id);
    for (const job of this.#open.values()) {
      const { commands } = job.record;
      if (!commands.some(({ commandId, acked }) => !acked && ids.includes(commandId))) continue;
      const stored = commands.map((each) => (ids.includes(each.commandId) ? { ...each, acked: true } : each));
      job.write({ commands: stored });
    }
  }

  freeSlots(): number {
    const busy = this.openJobs().filter(({ isOpen }) => isOpen).length + (this.restoring() ? 1 : 0);
    return Math.max(0, MOST_JOBS - busy);
  }

  onNews(listener: () => void): Cancel {
    return this.#news.on(listener);
  }

  onProgress(listener: () => void): Cancel {
    return this.#moved.on(listener);
  }
}
