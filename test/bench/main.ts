import "@fyr/runtime/require-node";
import { cpus, totalmem } from "node:os";
import { Command } from "commander";
import type { Benchmark, Figure } from "./figure.ts";
import { asTable } from "./report.ts";

/** Each in a file of its own, loaded only when it runs. */
const BENCHMARKS: Readonly<Record<string, () => Promise<{ benchmark: Benchmark }>>> = {
  P1: () => import("./p01-idle-sync.ts"),
  P3: () => import("./p03-durable-reports.ts"),
  P10: () => import("./p10-upload.ts"),
  P11: () => import("./p11-after-a-kill.ts"),
  P13: () => import("./p13-agent-start.ts"),
  P15: () => import("./p15-idle-devices.ts"),
  P16: () => import("./p16-world.ts"),
  P17: () => import("./p17-ledger.ts"),
  "P17-PG": async () => ({ benchmark: (await import("./p17-ledger.ts")).postgres }),
};

async function measure(names: readonly string[], rounds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of names) {
    const load = BENCHMARKS[name.toUpperCase()];
    if (!load) throw new Error(`no benchmark ${name}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
    const { benchmark } = await load();
    process.stderr.write(`${benchmark.id}: ${benchmark.title} …\n`);
    figures.push(...(await benchmark.run(rounds)));
  }
  return figures;
}

const command = new Command("bench")
  .description("Measures Fyr's figures, each beside its yardstick in the same run.")
  .argument("[name...]", "which to measure, e.g. P1 P10", Object.keys(BENCHMARKS))
  .option("--rounds <n>", "rounds of product and yardstick, in turn", Number, 5)
  .option("--long", "at full size, where the usual run takes a smaller one")
  .option("--json", "print one JSON object instead of a table")
  .action(async (names: string[], options: { rounds: number; long?: boolean; json?: boolean }) => {
    // Benchmarks are loaded when they run and ask for this as the tests do.
    if (options.long) process.env.FYR_LONG = "1";
    const figures = await measure(names, options.rounds);
    const machine = {
      cores: cpus().length,
      model: cpus()[0]?.model,
      memoryBytes: totalmem(),
      node: process.version,
    };
    process.stdout.write(options.json ? `${JSON.stringify({ machine, figures })}\n` : asTable(figures));
  });

await command.parseAsync();
process.exit(0);
