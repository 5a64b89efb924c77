/**
 * `npm test [-- --long] [-- PATH…]`: runs the tests, those below the paths when some are named, and
 * ends with the line `N passed, N failed` (and `, N skipped`). `--long` runs the long versions.
 */
import "@fyr/runtime/require-node";
import { type Reporter, startVitest, type TestModule } from "vitest/node";
import { count, type Counts, isGood, outcomeOf, slowest, summary } from "./summary.ts";

function tellSkipped(module: TestModule): void {
  for (const test of module.children.allTests("skipped")) {
    const result = test.result();
    const reason = "note" in result && result.note ? `: ${result.note}` : "";
    process.stdout.write(`skipped  ${module.relativeModuleId} > ${test.fullName}${reason}\n`);
  }
}

function tellSlowest(modules: readonly TestModule[]): void {
  const timed = modules.map((module) => ({
    name: module.relativeModuleId,
    ms: module.diagnostic().duration + module.diagnostic().collectDuration,
  }));
  process.stdout.write(["", "The slowest files:", ...slowest(timed), ""].join("\n"));
}

async function run(paths: readonly string[]): Promise<Counts> {
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const counter: Reporter = {
    onTestRunEnd(modules, strayErrors) {
      counts = count(modules.map(outcomeOf), strayErrors.length);
      modules.forEach(tellSkipped);
      if (modules.length > 1) tellSlowest(modules);
    },
  };
  try {
    const vitest = await startVitest("test", [...paths], {
      watch: false,
      update: args.includes("--update"),
      reporters: ["default", counter],
    });
    await vitest.close();
  } catch (error) {
    console.error(error);
    counts.failed++;
  }
  return counts;
}

const args = process.argv.slice(2);
if (args.includes("--long")) process.env.FYR_LONG = "1";
const counts = await run(args.filter((arg) => !arg.startsWith("--")));
const code = isGood(counts, process.env.CI === "true") ? 0 : 1;
process.stdout.write(`${summary(counts)}\n`, () => process.exit(code));
