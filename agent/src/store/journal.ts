import { canonicalJson, Fault, JobEvent, PAST_ARMED, type JobState } from "@fyr/protocol";
import type { z } from "zod";
import type { Change, Journal } from "../upgrade/journal.ts";
import { CommandRecord, JobRecord, StepRun } from "../upgrade/records.ts";
import type { Guard } from "./guard.ts";
import type { Session } from "./session.ts";
import { proven, sumOf, upsertSql, type Row, type TableName } from "./rows.ts";

const isPastArmed = (state: JobState): boolean => (PAST_ARMED as readonly JobState[]).includes(state);

const jobRow = (job: JobRecord): Row => ({
  job_id: job.jobId,
  task_id: job.taskId,
  epoch: job.epoch,
  serial: job.order?.serial ?? null,
  past_armed: isPastArmed(job.state) ? 1 : 0,
  owes: job.ackedSeq < job.seq ? 1 : 0,
  accepted_at: job.acceptedAt,
  closed_at: job.closedAt,
  body: canonicalJson(job),
});

const runRow = (run: StepRun): Row => ({
  run_key: run.runKey,
  job_id: run.jobId,
  serial: run.serial,
  open_transfer: run.act === "transfer" && run.end === null ? 1 : 0,
  body: canonicalJson(run),
});

const eventRow = (event: JobEvent): Row => ({
  job_id: event.jobId,
  seq: event.seq,
  body: canonicalJson(event),
});

const commandRow = (record: CommandRecord): Row => ({
  command_id: record.command.commandId,
  pending: record.answer === null || !record.acked ? 1 : 0,
  at: record.at,
  body: canonicalJson(record),
});

const PUT = {
  job: upsertSql("job"),
  step_run: upsertSql("step_run"),
  event: upsertSql("event"),
  command: upsertSql("command"),
};

function put(session: Session, table: keyof typeof PUT, row: Row): void {
  session.run(PUT[table], { ...row, sum: sumOf(table, row) });
}

function writeChange(session: Session, { jobs, runs, events, commands }: Change): void {
  for (const job of jobs ?? []) put(session, "job", jobRow(job));
  for (const run of runs ?? []) put(session, "step_run", runRow(run));
  for (const event of events ?? []) put(session, "event", eventRow(event));
  for (const command of commands ?? []) put(session, "command", commandRow(command));
}

/** Removes closed jobs with all that hangs on them, and commands that everybody is done with. */
function removeOld(session: Session, before: number): number {
  const old = "select job_id from job where closed_at < ?";
  session.run(`delete from event where job_id in (${old})`, before);
  session.run(`delete from step_run where job_id in (${old})`, before);
  session.run("delete from command where pending = 0 and at < ?", before);
  return session.run("delete from job where closed_at < ?", before);
}

const DAMAGE = `select source, key from quarantine where forgotten = 0 order by id`;

/** Reads rows of one table, proves them against their checksums and gives them back as what they were. */
function reader(guard: Guard) {
  return <S extends z.ZodType>(table: TableName, schema: S, sql: string, ...values: (string | number)[]) =>
    guard
      .read((session) => session.all(sql, ...values))
      .map((row): z.infer<S> => schema.parse(JSON.parse(String(proven(table, row).body))));
}

/** The jobs' memory, on SQLite. */
export function sqliteJournal(guard: Guard): Journal {
  const read = reader(guard);
  return {
    job: (jobId) => read("job", JobRecord, "select * from job where job_id = ?", jobId)[0],
    openJobs: () =>
      read(
        "job",
        JobRecord,
        "select * from job where closed_at is null or owes = 1 order by accepted_at, task_id, epoch",
      ),
    jobsOf: (taskId) => read("job", JobRecord, "select * from job where task_id = ? order by epoch", taskId),
    runs: (jobId) =>
      read("step_run", StepRun, "select * from step_run where job_id = ? order by rowid", jobId),
    openTransfer: (serial) =>
      read("step_run", StepRun, "select * from step_run where serial = ? and open_transfer = 1", serial)[0],
    events(jobId, seq, limit) {
      const sql = "select * from event where job_id = ? and seq > ? order by seq limit ?";
      const events = read("event", JobEvent, sql, jobId, seq, limit);
      if (events.every((event, at) => event.seq === seq + 1 + at)) return events;
      throw new Fault("JOURNAL_CORRUPT", { table: "event", row: jobId, reason: "a gap" });
    },
    command: (id) => read("command", CommandRecord, "select * from command where command_id = ?", id)[0],
    commands: () =>
      read("command", CommandRecord, "select * from command where pending = 1 order by at, command_id"),
    write: (change) => guard.write((session) => writeChange(session, change)),
    compact(before) {
      let removed = 0;
      guard.write((session) => (removed = removeOld(session, before)));
      return removed;
    },
    roomy: () => guard.roomy(),
    heal: () => guard.heal(),
    damage: () =>
      guard
        .read((session) => session.all(DAMAGE))
        .map(({ source, key }) => ({ table: String(source), key: String(key) })),
    forgetDamage: () => guard.write((session) => void session.run("update quarantine set forgotten = 1")),
  };
}
