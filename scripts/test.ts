/**
 * `npm test [-- --long] [-- PATH…]`: runs the tests and ends with the line `N passed, N failed`
 * (and `, N skipped`), which the machine that builds Fyr reads.
 */
import "@fyr/runtime/require-node";
import { startVitest, type Reporter, type TestModule, type Vitest } from "vitest/node";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** A file that could not be loaded counts as one failed test, as does an error outside of any test. */
function count(modules: readonly TestModule[], strayErrors: number): Counts {
  const counts = { passed: 0, failed: strayErrors, skipped: 0 };
  for (const module of modules) {
    const results = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of results) counts[state === "pending" ? "failed" : state]++;
    if (!module.ok() && !results.includes("failed")) counts.failed++;
  }
  return counts;
}

/** In CI a test that was skipped is one that nobody ran. */
const good = ({ passed, failed, skipped }: Counts, ci: boolean): boolean =>
  passed > 0 && failed === 0 && !(ci && skipped > 0);

const line = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

function listSkipped(modules: readonly TestModule[]): void {
  for (const module of modules) {
    for (const test of module.children.allTests("skipped")) {
      const result = test.result();
      const note = "note" in result && result.note ? `: ${result.note}` : "";
      process.stdout.write(`skipped  ${module.relativeModuleId} > ${test.fullName}${note}\n`);
    }
  }
}

const args = process.argv.slice(2);
const long = args.includes("--long");
if (long) process.env.FYR_LONG = "1";

let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const counter: Reporter = {
  onTestRunEnd(modules, strayErrors) {
    counts = count(modules, strayErrors.length);
    listSkipped(modules);
  },
};

const paths = args.filter((arg) => arg !== "--long");
let vitest: Vitest | undefined;
try {
  vitest = await startVitest("test", paths, { watch: false, reporters: ["default", counter] });
  await vitest.close();
} catch (error) {
  counts.failed++;
  console.error(error);
}
const ok = good(counts, process.env.CI === "true");
process.stdout.write(`${line(counts)}\n`, () => process.exit(ok ? 0 : 1));
