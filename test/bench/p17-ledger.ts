import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ledgerBench } from "@fyr/hub/testing";
import BetterSqlite from "better-sqlite3";
import { absolute, interleave, ratio, type Benchmark } from "./figure.ts";

/** Postings of the one ledger that is measured; `FYR_POSTINGS=10000000` measures the figure of the goal. */
const POSTINGS = Number(process.env.FYR_POSTINGS ?? 200_000);
const ASKED = 300;

/** Milliseconds for each of so many asks, the slowest hundredth of them. */
async function slowest(ask: (n: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < ASKED; n++) {
    const from = performance.now();
    await ask(n);
    taken.push(performance.now() - from);
  }
  return taken.sort((a, b) => a - b)[Math.floor(ASKED * 0.99)] ?? Number.NaN;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

const GOAL_MS = { atMost: 5 };

export const benchmark: Benchmark = {
  id: "P17",
  title: `a ledger of ${POSTINGS} postings: balance, wallet, history, and all of it read again`,
  async run(rounds) {
    const folder = await mkdtemp(join(tmpdir(), "fyr-bench-"));
    const path = join(folder, "hub.db");
    const ledger = await ledgerBench(`sqlite:${path}`, POSTINGS);
    const bare = new BetterSqlite(path, { readonly: true });
    const bodies = bare.prepare<[], { body: string }>("select body from licence_txs order by seq");
    try {
      const many = async (ask: (n: number) => Promise<unknown>) => {
        const found: number[] = [];
        for (let round = 0; round < rounds; round++) found.push(await slowest(ask));
        return found;
      };
      const pages = await interleave(
        rounds,
        () => slowest((n) => ledger.history(Math.floor(ledger.records / 2) - n)),
        () => slowest(() => ledger.history(null)),
      );
      const readAgain = await interleave(
        rounds,
        () => seconds(() => ledger.rebuild()),
        () =>
          seconds(async () => {
            for (const { body } of bodies.iterate()) JSON.parse(body);
          }),
      );
      return [
        absolute("P17", "a balance, p99", "ms", await many(() => ledger.balance()), GOAL_MS),
        absolute("P17", "a wallet page, p99", "ms", await many(() => ledger.wallet()), GOAL_MS),
        absolute("P17", "a history page of 50, p99", "ms", await many(() => ledger.history(null)), GOAL_MS),
        ratio("P17", "a history page deep inside against the first, p99", "ms", pages, { atMost: 1.5 }),
        ratio("P17", "reading the journal again against parsing its bare rows", "s", readAgain, {
          atMost: 4,
        }),
      ];
    } finally {
      bare.close();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
