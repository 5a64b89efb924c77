/** Raised with every change of the tables; a journal from a newer agent is not touched. */
export const SCHEMA_VERSION = 1;

/**
 * Every row carries `sum`, a SHA-256 over all its other cells: SQLite does not notice a flipped bit in a row.
 * `body` is canonical JSON; the cells beside it repeat what is searched for.
 */
export const SCHEMA = `
  create table job (
    job_id text primary key,
    task_id text not null,
    epoch integer not null,
    serial text,
    past_armed integer not null,
    owes integer not null,
    accepted_at integer not null,
    closed_at integer,
    body text not null,
    sum text not null
  ) strict, without rowid;
  create unique index job_one_per_device on job (serial) where past_armed = 1;
  create index job_of_task on job (task_id, epoch);
  create index job_open on job (accepted_at) where closed_at is null or owes = 1;

  create table step_run (
    run_key text primary key,
    job_id text not null,
    serial text not null,
    open_transfer integer not null,
    body text not null,
    sum text not null
  ) strict;
  create index step_run_of_job on step_run (job_id);
  create index step_run_open on step_run (serial) where open_transfer = 1;

  create table event (
    job_id text not null,
    seq integer not null,
    body text not null,
    sum text not null,
    primary key (job_id, seq)
  ) strict, without rowid;

  create table command (
    command_id text primary key,
    pending integer not null,
    at integer not null,
    body text not null,
    sum text not null
  ) strict, without rowid;

  create table state (key text primary key, value blob not null, sum text not null) strict, without rowid;

  /** Rows that did not fit their checksum, as they were found. */
  create table quarantine (
    id integer primary key,
    source text not null,
    key text not null,
    cells text not null,
    forgotten integer not null default 0
  ) strict;
`;
