import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startPostgres } from "@fyr/runtime/testing";
import { subject, type Subject } from "./child.ts";
import { absolute, interleave, ratio, type Benchmark } from "./figure.ts";

interface Rate {
  readonly rowsPerSecond: number;
}

const DURABLE = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" };

/** Each run gets a database file of its own, so that none pays for the rows of another. */
function onFreshFile(program: Subject, folder: string, prefix: string) {
  let made = 0;
  return async () =>
    (await program.run<Rate>(`${prefix}${join(folder, `${prefix.length}-${++made}.db`)}`)).rowsPerSecond;
}

function onFreshDatabase(program: Subject, server: string) {
  let made = 0;
  return async () => {
    const client = new pg.Client(server);
    await client.connect();
    const name = `bench_${++made}`;
    await client.query(`create database ${name}`).finally(() => client.end());
    const url = new URL(server);
    url.pathname = name;
    return (await program.run<Rate>(url.href)).rowsPerSecond;
  };
}

export const benchmark: Benchmark = {
  id: "P3",
  title: "durable reports: 200 sites, 20 events each, on disk before they are answered",
  async run(rounds) {
    const folder = await mkdtemp(join(tmpdir(), "fyr-bench-"));
    const [reports, bare] = [await subject("durable-reports"), await subject("bare-inserts")];
    const server = await startPostgres(DURABLE);
    try {
      const onSqlite = onFreshFile(reports, folder, "sqlite:");
      const plain = await interleave(rounds, onSqlite, onFreshFile(bare, folder, ""));
      const databases = await interleave(rounds, onFreshDatabase(reports, server.url), onSqlite);
      return [
        ratio("P3", "event rows, hub on SQLite against bare inserts", "rows/s", plain, { atLeast: 0.5 }),
        absolute(
          "P3",
          "event rows, hub on SQLite",
          "rows/s",
          plain.map(({ product }) => product),
          { atLeast: 20_000 },
        ),
        ratio("P3", "event rows, PostgreSQL against SQLite", "rows/s", databases, { atLeast: 0.7 }),
      ];
    } finally {
      await server.stop();
      await Promise.all([reports.remove(), bare.remove(), rm(folder, { recursive: true, force: true })]);
    }
  },
};
