import { describe, expect, test } from "vitest";
import { testDatabases } from "../testing/databases.ts";
import { race } from "../testing/licence-races.ts";

const SEEDS = process.env.FYR_LONG === "1" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  test.skipIf(!runs).each(SEEDS)(
    `${name}: I-10 I-11 I-12 I-18 I-19 I-20 I-22: two clients, retries, crashes and archives leave a ledger that holds (seed %d)`,
    async (seed) => {
      const opened = await open();
      const { broken, crashed, done, archived, lasts, journal } = await race(opened.store, seed);
      expect(broken.slice(0, 5)).toEqual([]);
      expect([crashed > 3, done > 20, archived > 5, lasts > 3]).toEqual([true, true, true, true]);
      const posted = (type: string) => journal.filter((each) => each.type === type).length;
      expect(posted("key.redeem")).toBeGreaterThan(2);
      expect(posted("hw.activate")).toBeGreaterThan(0);
      await opened.drop();
    },
    300_000,
  );
});
