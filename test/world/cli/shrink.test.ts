import fc from "fast-check";
import { expect, test } from "vitest";
import { FAULT_NAMES, type FaultName } from "../faults.ts";
import { drawOptions, type WorldOptions } from "../options.ts";
import { shrink, type Failure } from "./shrink.ts";

/** Steps of an imagined world: each part makes it longer. */
const stepsOf = ({ organisations, agents, devices, stormMinutes, faults }: WorldOptions): number =>
  organisations * agents * devices * 100 + stormMinutes * 10 + Object.keys(faults).length * 50;

interface Cause {
  readonly needs: readonly FaultName[];
  readonly devices: number;
}

const causes = fc.record({
  needs: fc.uniqueArray(fc.constantFrom(...FAULT_NAMES), { maxLength: 3 }),
  devices: fc.integer({ min: 1, max: 4 }),
});

const largest = (seed: number): WorldOptions => ({
  ...drawOptions(seed),
  ...{ organisations: 2, agents: 2, devices: 4, stormMinutes: 20 },
  faults: Object.fromEntries(FAULT_NAMES.map((name) => [name, 2])),
});

/** A world that goes wrong for this cause only, in one of three seeds but surely in the first. */
const failsFor =
  ({ needs, devices }: Cause, first: number, onTry = () => {}) =>
  async (options: WorldOptions): Promise<Failure | null> => {
    onTry();
    const isThere = needs.every((name) => name in options.faults) && options.devices >= devices;
    if (!isThere || (options.seed !== first && options.seed % 3 > 0)) return null;
    return { options, wrong: { invariant: "X1", step: stepsOf(options), atMs: 90_000 } };
  };

test("a failing world shrinks to what it takes, and fails alike", async () => {
  await fc.assert(
    fc.asyncProperty(causes, fc.nat(1_000), async (cause, seed) => {
      const tryWorld = failsFor(cause, seed);
      const failure = await tryWorld(largest(seed));
      if (!failure) throw new Error("the first world must fail");
      const { options, wrong } = await shrink(failure, { tryWorld, width: 2, mostRuns: 2_000 });
      expect(Object.keys(options.faults).sort()).toEqual([...cause.needs].sort());
      expect(options).toMatchObject({ organisations: 1, agents: 1, devices: cause.devices, stormMinutes: 1 });
      expect(Object.values(options.faults).every((rate) => rate === 1 || rate === 2)).toBe(true);
      expect(await tryWorld(options)).toEqual({ options, wrong });
    }),
    { numRuns: 40 },
  );
});

test("another invariant, or a later step, is another failure", async () => {
  const [before] = [{ options: largest(1), wrong: { invariant: "X1", step: 100, atMs: 1_000 } }];
  const others = [
    { invariant: "X3", step: 5, atMs: 1 },
    { invariant: "X1", step: 101, atMs: 1 },
  ];
  for (const wrong of others) {
    const tryWorld = async (options: WorldOptions) => ({ options, wrong });
    expect(await shrink(before, { tryWorld, width: 2, mostRuns: 300 })).toBe(before);
  }
});

test("no more worlds are tried than allowed", async () => {
  let tries = 0;
  const tryWorld = failsFor({ needs: ["hubKilled"], devices: 3 }, 9, () => tries++);
  const failure = { options: largest(9), wrong: { invariant: "X1", step: 10_000, atMs: 1 } };
  await shrink(failure, { tryWorld, width: 2, mostRuns: 31 });
  expect(tries).toBeLessThanOrEqual(32);
  expect(tries).toBeGreaterThan(25);
});
