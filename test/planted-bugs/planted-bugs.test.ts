import { afterAll, describe, expect, test } from "vitest";
import { catchByAll, catchByName, ledgerIsGreen, namedTestsAreGreen } from "./catch.ts";
import { keptBugs } from "./kept-bugs.ts";
import { lanes } from "./lanes.ts";
import { readme } from "./readme.ts";

const isLong = process.env.FYR_LONG === "1";
/** A copy, a start of the runner and one test; most of the time goes by waiting for a lane. */
const PATIENCE_MS = isLong ? 24 * 3_600_000 : 600_000;

const bugs = await keptBugs();
const inTurn = lanes(2);
const table: string[] = [];

afterAll(() => console.log(["", ...table.sort(), ""].join("\n")));

describe.concurrent("planted bugs", { timeout: PATIENCE_MS }, () => {
  test("without a bug, every test that they name is green", () => inTurn(() => namedTestsAreGreen(bugs)));

  test("without a bug, the ledger's histories and race are green", () => inTurn(ledgerIsGreen));

  test.each(bugs.map((bug) => [bug.name, bug] as const))("%s is caught", (name, bug) =>
    inTurn(async () => {
      const began = performance.now();
      const caught = await catchByName(bug);
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      table.push(...caught.map(({ by }) => `${name.padEnd(36)} ${seconds.padStart(5)} s  ${by}`));
    }),
  );

  const meetingAll = isLong ? bugs : [];
  test.each(meetingAll.map((bug) => [bug.name, bug] as const))("%s meets everything", (name, bug) =>
    inTurn(async () => {
      const caught = await catchByAll(bug, bugs);
      expect(caught).not.toEqual([]);
      table.push(...caught.map(({ by }) => `${name.padEnd(36)}     all  ${by}`));
    }),
  );
});

test("there are enough of them, and README.md lists them", async () => {
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  await expect(await readme(bugs)).toMatchFileSnapshot("README.md");
});
