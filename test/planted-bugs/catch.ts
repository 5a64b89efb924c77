import type { SourceCopy } from "../copy/index.ts";
import type { Catcher } from "./bug.ts";
import type { NamedBug } from "./kept-bugs.ts";
import { brokenInLedger } from "./ledger.ts";
import { runTests, type Verdict } from "./suite.ts";
import { runSeeds, type BrokenWorld } from "./world.ts";

/** Who turned red, and how. */
export interface Catch {
  readonly by: string;
  readonly failure: string;
}

type TestCatcher = Catcher & { kind: "test" };
type SeedCatcher = Catcher & { kind: "seed" };
type LedgerCatcher = Catcher & { kind: "ledger" };

/** A test that fails for one of these shows that the copy is broken and not that the bug was seen. */
const NO_VERDICT = /SyntaxError|ReferenceError|Cannot find (module|package)|Transform failed|Test timed out/;
const VERDICT = /AssertionError|Property failed|promise (resolved|rejected) .* instead of|^Fault: [A-Z_]+/m;

/**
 * A seed draws another world once the world's own code has changed; those after it are then as likely to catch the bug
 * as it was. Far fewer than the 2,000 within which every one of these bugs has to be caught.
 */
const SEEDS_AFTER = 100;
/** The whole world, as `npm test` runs it. */
const ALL_SEEDS = 2_000;

export function sayCatcher(by: Catcher): string {
  if (by.kind === "test") return `${by.file}: ${by.name}`;
  if (by.kind === "seed") return `the world, seed ${by.seed}: ${by.invariant}`;
  return `the ledger's ${by.in}: ${by.invariant}`;
}

const isRed = ({ status, failure }: Verdict): boolean =>
  status === "failed" && VERDICT.test(failure) && !NO_VERDICT.test(failure);

/** Runs whom the bug names, on sources that hold the bug. @throws Error when one does not see it for what it is */
export async function catchByName({ folder, changed }: SourceCopy, bug: NamedBug): Promise<Catch[]> {
  const inLedger = bug.caughtBy.filter((by) => by.kind === "ledger");
  const inACopy = bug.caughtBy.filter((by) => by.kind !== "ledger");
  const caught: Catch[] = [];
  for (const by of inLedger) caught.push(await byLedger(bug, by));
  if (inACopy.length === 0) return caught;
  return changed(bug.edits, async () => {
    for (const by of inACopy)
      caught.push(await (by.kind === "test" ? byTest(folder, by) : bySeed(folder, by)));
    return caught;
  });
}

async function byLedger({ name }: NamedBug, by: LedgerCatcher): Promise<Catch> {
  const broken = await brokenInLedger(name);
  if (broken.includes(by.invariant)) return { by: sayCatcher(by), failure: broken.join(" ") };
  throw new Error(`${sayCatcher(by)} stays green; broken: ${broken.join(" ") || "nothing"}`);
}

/** @throws Error naming what the ledger's histories or race call broken although nothing was planted */
export async function ledgerIsGreen(): Promise<void> {
  const broken = await brokenInLedger("");
  if (broken.length > 0) throw new Error(`broken without a bug: ${broken.join(" ")}`);
}

async function byTest(folder: string, by: TestCatcher): Promise<Catch> {
  const verdicts = await runTests(folder, [by.file], [by.name]);
  const named = verdicts.filter(({ name }) => name === by.name);
  const red = named.find(({ status }) => status === "failed");
  if (!red) throw new Error(named.length > 0 ? `"${by.name}" stays green` : `there is no test "${by.name}"`);
  if (!isRed(red)) throw new Error(`"${by.name}" fails for another reason:\n${red.failure}`);
  return { by: sayCatcher(by), failure: red.failure };
}

async function bySeed(folder: string, by: SeedCatcher): Promise<Catch> {
  const isIt = ({ invariants }: BrokenWorld) => invariants.includes(by.invariant);
  const first = await runSeeds(folder, { from: by.seed, seeds: 1 });
  let found = first.broken.find(isIt);
  if (!found) {
    const after = { from: by.seed + 1, seeds: SEEDS_AFTER, keepGoing: true };
    found = (await runSeeds(folder, after)).broken.find(isIt);
  }
  if (!found) throw new Error(`${sayCatcher(by)}: not broken there nor after\n${first.said.slice(-1_000)}`);
  return { by: sayCatcher({ ...by, seed: found.seed }), failure: found.what };
}

const testsNamed = (bugs: readonly NamedBug[]): TestCatcher[] =>
  bugs.flatMap(({ caughtBy }) => caughtBy.filter((by) => by.kind === "test"));

const filesNamed = (bugs: readonly NamedBug[]): string[] => [
  ...new Set(testsNamed(bugs).map(({ file }) => file)),
];

/** @throws Error naming which test is red although nothing was planted */
export async function namedTestsAreGreen({ folder }: SourceCopy, bugs: readonly NamedBug[]): Promise<void> {
  const named = testsNamed(bugs);
  const verdicts = await runTests(folder, filesNamed(bugs), [...new Set(named.map(({ name }) => name))]);
  const isGreen = ({ file, name }: TestCatcher) =>
    verdicts.some((verdict) => verdict.file === file && verdict.name === name && verdict.status === "passed");
  const others = named.filter((one) => !isGreen(one));
  if (others.length > 0) throw new Error(`not green without a bug: ${others.map(sayCatcher).join("; ")}`);
}

/** Everyone who sees the bug: of the tests that any bug names the files of, and of the whole world. */
export const catchByAll = (
  { folder, changed }: SourceCopy,
  bug: NamedBug,
  bugs: readonly NamedBug[],
): Promise<Catch[]> =>
  changed(bug.edits, async () => {
    const red = (await runTests(folder, filesNamed(bugs))).filter(isRed);
    const caught = red.map(({ file, name, failure }) => ({ by: `${file}: ${name}`, failure }));
    const { broken } = await runSeeds(folder, { from: 1, seeds: ALL_SEEDS });
    const worlds = broken.map(({ seed, invariants, what }) => ({
      by: `the world, seed ${seed}: ${invariants.join(" ")}`,
      failure: what,
    }));
    return [...worlds, ...caught];
  });
