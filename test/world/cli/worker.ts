import "@fyr/runtime/require-node";
import type { WorldOptions } from "../options.ts";
import { runSealed, unfinished } from "../sealed.ts";
import type { Outcome } from "./crew.ts";
import type { Judging } from "./judging.ts";

/** What a worker is asked: one world. */
export interface Order {
  readonly options: WorldOptions;
  /** Every line of its trace goes to standard output. */
  readonly isTold: boolean;
}

const [judgesFile] = process.argv.slice(2);
const { judges } = judgesFile ? ((await import(judgesFile)) as Judging) : { judges: [] };

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

process.on("message", ({ options, isTold }: Order) => {
  void runSealed(options, isTold ? tell : undefined, judges)
    .catch((error: unknown) => unfinished(options, (error as Error).stack ?? String(error)))
    .then((verdict) => process.send?.({ ...verdict, ...cost() }));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

let usedMs = 0;

/** What this process used since it was asked last, and what it holds. */
function cost(): Pick<Outcome, "cpuMs" | "residentBytes"> {
  const { user, system } = process.cpuUsage();
  const before = usedMs;
  usedMs = (user + system) / 1_000;
  return { cpuMs: usedMs - before, residentBytes: process.memoryUsage.rss() };
}
