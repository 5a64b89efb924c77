import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";

/** The yardstick of durable reports: the same rows, grouped alike, put into the same kind of table and nothing else. */
const SYNCS = 6;
const GROUP = 200 * 20;

const db = new Database(process.argv[2] ?? "");
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(
  `create table events (org_id text, job_id text, task_id text, body text, seq integer, epoch integer, late integer,
   received_at integer, primary key (org_id, job_id, seq)) without rowid`,
);
const insert = db.prepare("insert into events values (?, ?, ?, ?, ?, ?, ?, ?)");
const group = db.transaction((rows: readonly unknown[][]) => {
  for (const row of rows) insert.run(row);
});

const org = randomUUID();
const jobs = Array.from({ length: 200 }, () => [randomUUID().replaceAll("-", ""), randomUUID()] as const);
let tookMs = 0;
for (let sync = 0; sync < SYNCS; sync++) {
  const rows = Array.from({ length: GROUP }, (_, index) => {
    const [jobId, taskId] = jobs[Math.floor(index / 20)] ?? ["", ""];
    const seq = sync * 20 + (index % 20) + 1;
    const body = JSON.stringify({
      kind: "step",
      step: "precheck",
      try: 1,
      moment: "begun",
      jobId,
      taskId,
      seq,
    });
    return [org, jobId, taskId, body.padEnd(420), seq, 1, 0, Date.now()];
  });
  const begun = performance.now();
  group(rows);
  tookMs += performance.now() - begun;
}
process.stdout.write(
  JSON.stringify({ rows: SYNCS * GROUP, rowsPerSecond: ((SYNCS * GROUP) / tookMs) * 1000 }),
);
process.exit(0);
