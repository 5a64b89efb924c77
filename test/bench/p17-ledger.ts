import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ledgerBench, type LedgerBench } from "@fyr/hub/testing";
import { startPostgres } from "@fyr/runtime/testing";
import BetterSqlite from "better-sqlite3";
import pg from "pg";
import { absolute, interleave, median, ratio, type Benchmark, type Figure } from "./figure.ts";

/** Postings of the one ledger that is measured, on each database. */
const POSTINGS = Number(process.env.FYR_POSTINGS ?? (process.env.FYR_LONG === "1" ? 10_000_000 : 200_000));
const ASKED = 300;
/** Reading all of ten million again takes a minute; how long it takes does not vary much then. */
const REBUILDS = process.env.FYR_LONG === "1" ? 1 : 5;

/** An ask that a neighbour on the machine interrupted is asked again: what counts is its best of so many. */
const TRIES = 3;

async function best(ask: () => Promise<unknown>): Promise<number> {
  let found = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    const from = performance.now();
    await ask();
    found = Math.min(found, performance.now() - from);
  }
  return found;
}

/** Milliseconds for each of so many asks, sorted. */
async function times(ask: (n: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < ASKED; n++) taken.push(await best(() => ask(n)));
  return taken.sort((a, b) => a - b);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

type Bodies = () => Iterable<{ body: string }> | AsyncIterable<{ body: string }>;

/** Figures of one filled ledger; `bodies` reads its bare rows in their order. */
async function figuresOf(
  ledger: LedgerBench,
  bodies: Bodies,
  on: { name: string; atMostMs: number; rounds: number },
): Promise<Figure[]> {
  const { name, rounds } = on;
  const goal = { atMost: on.atMostMs };
  const p99 = async (what: string, ask: (n: number) => Promise<unknown>) => {
    const found: number[] = [];
    for (let round = 0; round < rounds; round++) {
      found.push((await times(ask))[Math.floor(ASKED * 0.99)] ?? Number.NaN);
    }
    return absolute("P17", `${name}: ${what}, p99`, "ms", found, goal);
  };
  const middle = Math.floor(ledger.records / 2);
  const usual = async (ask: (n: number) => Promise<unknown>) => median(await times(ask));
  const figures = [
    await p99("a balance", () => ledger.balance()),
    await p99("a wallet page", () => ledger.wallet()),
    await p99("a history page of 50", () => ledger.history(null)),
    await p99("a history page of 50 deep inside", (n) => ledger.history(middle - n)),
    await p99("50 postings behind a balance, deep inside", (n) => ledger.postings(middle + n)),
    ratio(
      "P17",
      `${name}: a history page deep inside against the first, median`,
      "ms",
      await interleave(
        rounds,
        () => usual((n) => ledger.history(middle - n)),
        () => usual(() => ledger.history(null)),
      ),
      { atMost: 1.2 },
    ),
  ];
  const readAgain = await interleave(
    Math.min(rounds, REBUILDS),
    () => seconds(() => ledger.rebuild()),
    () =>
      seconds(async () => {
        for await (const { body } of bodies()) JSON.parse(body);
      }),
  );
  const rebuilt = `${name}: reading the journal again against parsing its bare rows`;
  return [...figures, ratio("P17", rebuilt, "s", readAgain, { atMost: 4 })];
}

const filled = (name: string, from: number): void =>
  void process.stderr.write(`  ${name}: filled in ${((performance.now() - from) / 1_000).toFixed(0)} s\n`);

async function onSqlite(rounds: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-bench-"));
  const path = join(folder, "hub.db");
  const from = performance.now();
  const ledger = await ledgerBench(`sqlite:${path}`, POSTINGS);
  filled("SQLite", from);
  const bare = new BetterSqlite(path, { readonly: true });
  const bodies = bare.prepare<[], { body: string }>("select body from licence_txs order by seq");
  try {
    return await figuresOf(ledger, () => bodies.iterate(), {
      name: "SQLite",
      atMostMs: 5,
      rounds,
    });
  } finally {
    bare.close();
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const PAGE = 1_000;

/** The bare rows, a thousand at a time as the hub reads them. */
async function* bareRows(client: pg.Client, orgId: string): AsyncGenerator<{ body: string }> {
  for (let after = 0; ; after += PAGE) {
    const text = "select body from licence_txs where org_id = $3 and seq > $1 order by seq limit $2";
    const { rows } = await client.query<{ body: string }>({
      name: "bare",
      text,
      values: [after, PAGE, orgId],
    });
    yield* rows;
    if (rows.length < PAGE) return;
  }
}

async function onPostgres(rounds: number): Promise<Figure[]> {
  const server = await startPostgres();
  const client = new pg.Client(server.url);
  try {
    const from = performance.now();
    const ledger = await ledgerBench(server.url, POSTINGS);
    filled("PostgreSQL", from);
    await client.connect();
    try {
      return await figuresOf(ledger, () => bareRows(client, ledger.orgId), {
        name: "PostgreSQL",
        atMostMs: 10,
        rounds,
      });
    } finally {
      await client.end();
      await ledger.close();
    }
  } finally {
    await server.stop();
  }
}

const title = (name: string) =>
  `a ledger of ${POSTINGS} postings on ${name}: balance, wallet, history, and all of it read again`;

export const benchmark: Benchmark = { id: "P17", title: title("SQLite"), run: onSqlite };

export const postgres: Benchmark = { id: "P17", title: title("PostgreSQL"), run: onPostgres };
