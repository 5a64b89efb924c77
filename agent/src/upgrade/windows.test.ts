import fc from "fast-check";
import { expect, test } from "vitest";
import { endsInTime, mayStart, UNCERTAIN_MS } from "./windows.ts";

const DEADLINE = 10_000;
const order = (windows: { opensAt: number; closesAt: number }[]) => ({ windows, deadline: DEADLINE });

/** The rule itself, asked of one instant: some window holds the whole upgrade, the clock's doubt taken off. */
const fits = (windows: { opensAt: number; closesAt: number }[], at: number, doubt: number, room: number) =>
  at <= DEADLINE &&
  windows.some(({ opensAt, closesAt }) => at - doubt >= opensAt && at + doubt + room <= closesAt);

const instants = fc.integer({ min: 0, max: 12_000 });
const windows = fc.array(fc.record({ opensAt: instants, lengthMs: fc.integer({ min: 1, max: 3_000 }) }), {
  minLength: 1,
  maxLength: 5,
});

test("says start exactly where the rule does, and else the first instant at which it will", () => {
  fc.assert(
    fc.property(
      windows.map((list) => list.map(({ opensAt, lengthMs }) => ({ opensAt, closesAt: opensAt + lengthMs }))),
      instants,
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 1_500 }),
      (list, now, uncertaintyMs, roomMs) => {
        const decision = mayStart(order(list), { now, uncertaintyMs }, roomMs);
        const next = Array.from({ length: DEADLINE - now + 1 }, (_, ahead) => now + ahead).find((at) =>
          fits(list, at, uncertaintyMs, roomMs),
        );
        if (now > DEADLINE) expect(decision).toEqual({ kind: "late" });
        else if (next === undefined) expect(decision).toEqual({ kind: "missed" });
        else if (next > now) expect(decision).toEqual({ kind: "wait", until: next });
        else expect(decision.kind).toBe("start");
      },
    ),
    { numRuns: 300 },
  );
});

test("without windows the deadline alone counts, and an uncertain clock does not matter", () => {
  const wild = { now: DEADLINE, uncertaintyMs: Number.POSITIVE_INFINITY };
  expect(mayStart(order([]), wild, 1e9)).toEqual({ kind: "start", endsAt: null });
  expect(mayStart(order([]), { ...wild, now: DEADLINE + 1 }, 0)).toEqual({ kind: "late" });
});

test("a clock that may be wrong by more than five minutes opens no window", () => {
  const list = [{ opensAt: 0, closesAt: 1e9 }];
  const at = (uncertaintyMs: number) =>
    mayStart({ windows: list, deadline: 1e9 }, { now: 5e8, uncertaintyMs }, 0).kind;
  expect([at(UNCERTAIN_MS), at(UNCERTAIN_MS + 1)]).toEqual(["start", "clockUncertain"]);
});

test("an upload is reckoned by its own rate", () => {
  const half = { bytes: 50, ofBytes: 100, inMs: 1_000 };
  expect(endsInTime(2_000, 1_000, half)).toBe(true);
  expect(endsInTime(1_999, 1_000, half)).toBe(false);
  expect(endsInTime(null, 1e12, half)).toBe(true);
  expect(endsInTime(0, 1, { ...half, bytes: 0 })).toBe(true);
});
