import fc from "fast-check";
import { expect, test } from "vitest";
import { counted, currentTally, isSuspect, NO_TALLY, waitOf, type Attempt, type Tally } from "./throttle.ts";

const NOW = 1_800_000_000_000;
const tally = (facts: Partial<Tally>): Tally => ({ ...NO_TALLY, ...facts });
const attempt = (facts: Partial<Attempt> = {}): Attempt => ({
  ...{ source: NO_TALLY, address: NO_TALLY, known: null },
  ...facts,
});

test("B1-S1: the first slips cost nothing, then each failure doubles the wait up to a bound", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 7, 12, 40].map((failures) =>
    waitOf(attempt({ source: tally({ failures, triedAt: NOW }) }), NOW),
  );
  expect(waits).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 300_000, 300_000]);
});

test("B1-S1: whatever others did to the address, a source without suspicion waits 20 seconds at most", () => {
  const tallies = fc.record({
    failures: fc.nat(1_000_000),
    refusals: fc.nat(1_000_000),
    triedAt: fc.integer({ min: 0, max: NOW }),
    cleanAt: fc.integer({ min: 0, max: NOW }),
  });
  fc.assert(
    fc.property(tallies, (address) => {
      expect(waitOf(attempt({ address }), NOW)).toBeLessThanOrEqual(20_000);
    }),
  );
});

test("B1-S1: sources under suspicion wait for each other, and keep nobody else waiting", () => {
  const suspect = tally({ failures: 6, triedAt: NOW - 3_600_000 });
  let state = attempt({ source: suspect, address: tally({ failures: 20 }) });
  state = counted(state, NOW);
  expect(waitOf({ ...state, source: suspect }, NOW)).toBe(900_000);
  expect(waitOf({ ...state, source: NO_TALLY }, NOW)).toBe(0);
});

test("where the owner signed in before, only attempts from there count", () => {
  const address = tally({ failures: 90, triedAt: NOW, cleanAt: NOW });
  const source = tally({ failures: 90, refusals: 90, triedAt: NOW });
  const known = tally({ failures: 0, triedAt: NOW });
  expect(waitOf({ source, address, known }, NOW)).toBe(0);
  const after = counted({ source, address, known }, NOW);
  expect(after.address).toEqual(address);
  expect(waitOf({ source, address, known: { ...known, failures: 5 } }, NOW)).toBe(4_000);
});

test("a source is under suspicion after five attempts that came to nothing, refused ones too, until an hour was quiet", () => {
  expect(isSuspect(tally({ failures: 4 }))).toBe(false);
  expect(isSuspect(tally({ failures: 5 }))).toBe(true);
  expect(isSuspect(tally({ failures: 2, refusals: 3 }))).toBe(true);
  const busy = tally({ failures: 9, triedAt: NOW });
  expect(currentTally(busy, NOW + 3_600_000)).toBe(busy);
  expect(currentTally(busy, NOW + 3_600_001)).toEqual(NO_TALLY);
  expect(currentTally(null, NOW)).toEqual(NO_TALLY);
});
