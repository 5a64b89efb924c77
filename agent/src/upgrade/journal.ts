import type { CommandId, JobEvent, JobId, Serial, TaskId } from "@fyr/protocol";
import type { CommandRecord, JobRecord, StepRun } from "./records.ts";

/** One transaction: all of it is on disk, or none. */
export interface Change {
  readonly jobs?: readonly JobRecord[];
  readonly runs?: readonly StepRun[];
  readonly events?: readonly JobEvent[];
  readonly commands?: readonly CommandRecord[];
}

/** A row whose checksum did not fit, set aside and out of every answer. */
export interface Damage {
  readonly table: string;
  readonly key: string;
}

/**
 * What the jobs of this site remember. Reads see what was written; `write` returns when the disk has it.
 *
 * @throws Fault DISK_FULL when nothing was written for want of space; STORE_FAILED when nobody can say what was written,
 * until it is read again; JOURNAL_CORRUPT when a row that is asked for does not fit its checksum
 */
export interface Journal {
  job(jobId: JobId): JobRecord | undefined;
  /** Every job that is not closed, and closed ones whose events the hub asked for again; in order of acceptance. */
  openJobs(): JobRecord[];
  jobsOf(taskId: TaskId): JobRecord[];
  /** Intents of a job in the order in which they were written. */
  runs(jobId: JobId): StepRun[];
  /** An upload to this device, of any job, of which nobody knows yet what it did. */
  openTransfer(serial: Serial): StepRun | undefined;
  /** Events after `seq`, in order and without a gap. */
  events(jobId: JobId, seq: number, limit: number): JobEvent[];
  command(commandId: CommandId): CommandRecord | undefined;
  /** Commands that no job answered yet, or that the hub does not know to be stored. */
  commands(): CommandRecord[];
  write(change: Change): void;
  /** Removes what closed before this wall time, and answered commands as old. Returns how many jobs went. */
  compact(before: number): number;
  /** Whether there is room to record what is begun now; makes room again when it can. */
  roomy(): boolean;
  /** Whether the store is of use again after a fault. */
  heal(): boolean;
  /** Rows that were set aside and of which nobody said yet that they no longer matter. */
  damage(): readonly Damage[];
  forgetDamage(): void;
}
