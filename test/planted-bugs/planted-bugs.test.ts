import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceCopy, type SourceCopy } from "../copy/index.ts";
import { catchByAll, catchByName, ledgerIsGreen, namedTestsAreGreen } from "./catch.ts";
import { keptBugs } from "./kept-bugs.ts";
import { readme } from "./readme.ts";

const isLong = process.env.FYR_LONG === "1";
const PATIENCE_MS = isLong ? 24 * 3_600_000 : 300_000;

const bugs = await keptBugs();
const table: string[] = [];

/** One for all bugs: what the runner has transformed once it finds again with the next of them. */
let copy: SourceCopy;
beforeAll(async () => void (copy = await sourceCopy()));
afterAll(() => copy.remove());
afterAll(() => console.log(["", ...table.sort(), ""].join("\n")));

describe("planted bugs", { timeout: PATIENCE_MS }, () => {
  test("without a bug, the ledger's histories and race are green", () => ledgerIsGreen());

  test.each(bugs.map((bug) => [bug.name, bug] as const))("%s is caught", async (name, bug) => {
    const began = performance.now();
    const caught = await catchByName(copy, bug);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    table.push(...caught.map(({ by }) => `${name.padEnd(36)} ${seconds.padStart(5)} s  ${by}`));
  });
});

/** In a short run the tests that a bug names are shown green beside this one. */
const meetingAll = isLong ? bugs : [];

describe.each(isLong ? ["everything"] : [])("planted bugs against %s", { timeout: PATIENCE_MS }, () => {
  test("without a bug, every test that they name is green", () => namedTestsAreGreen(copy, bugs));

  test.each(meetingAll.map((bug) => [bug.name, bug] as const))("%s meets everything", async (name, bug) => {
    const caught = await catchByAll(copy, bug, bugs);
    expect(caught).not.toEqual([]);
    table.push(...caught.map(({ by }) => `${name.padEnd(36)}     all  ${by}`));
  });
});

test("there are enough of them, and README.md lists them", async () => {
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  await expect(await readme(bugs)).toMatchFileSnapshot("README.md");
});
