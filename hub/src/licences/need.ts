import type { Product } from "./catalogue.ts";

/** A number for each type; a type that is left out counts 0. */
export type ByType = Readonly<Record<string, number>>;

export const at = (counts: ByType, type: string): number => counts[type] ?? 0;

export const total = (counts: ByType): number => Object.values(counts).reduce((sum, n) => sum + n, 0);

export function added(a: ByType, b: ByType): ByType {
  const sum: Record<string, number> = { ...a };
  for (const [type, n] of Object.entries(b)) sum[type] = (sum[type] ?? 0) + n;
  return sum;
}

type Rules = Pick<Product, "types" | "substitutes">;

/**
 * What is missing for each type when `seats` are to satisfy `need`: own seats first, then spare ones of a type that
 * may stand in (L-32). Only types that are short are named.
 */
export function missing({ types, substitutes }: Rules, need: ByType, seats: ByType): ByType {
  const short = new Map(types.map((type) => [type, Math.max(0, at(need, type) - at(seats, type))]));
  for (const type of types) {
    let spare = Math.max(0, at(seats, type) - at(need, type));
    for (const other of substitutes[type] ?? []) {
      const given = Math.min(spare, short.get(other) ?? 0);
      short.set(other, (short.get(other) ?? 0) - given);
      spare -= given;
    }
  }
  return Object.fromEntries([...short].filter(([, n]) => n > 0));
}

export const satisfies = (rules: Rules, need: ByType, seats: ByType): boolean =>
  total(missing(rules, need, seats)) === 0;

type GrowthRules = Rules & Pick<Product, "growthLimitPct">;

/** Devices that the seats of the current year allow for (L-30). */
const allowance = (growthLimitPct: number, seats: ByType): ByType =>
  Object.fromEntries(
    Object.entries(seats).map(([type, n]) => [type, Math.floor((n * (100 + growthLimitPct)) / 100)]),
  );

/** Whether so many devices may run on so many seats of the current year. */
export const withinGrowth = (rules: GrowthRules, inUse: ByType, seats: ByType): boolean =>
  satisfies(rules, inUse, allowance(rules.growthLimitPct, seats));

export interface GrowthAdvice {
  /** The smallest number of further seats that makes the rule true again. */
  readonly minimum: ByType;
  /** A seat for every device. */
  readonly recommended: ByType;
}

/** Seats of `type` to add so that it lacks none itself. */
function extraSeats(rules: GrowthRules, inUse: ByType, seats: ByType, type: string): number {
  const short = at(missing(rules, inUse, allowance(rules.growthLimitPct, seats)), type);
  if (short === 0) return 0;
  const factor = (100 + rules.growthLimitPct) / 100;
  const carried = Math.floor(at(seats, type) * factor) + short;
  return Math.ceil(carried / factor) - at(seats, type);
}

export function growthAdvice(rules: GrowthRules, inUse: ByType, seats: ByType): GrowthAdvice {
  // Types that stand in for others first: what is rounded up there is spare for the others.
  const inTurn = rules.types.toSorted(
    (a, b) => (rules.substitutes[b]?.length ?? 0) - (rules.substitutes[a]?.length ?? 0),
  );
  let filled = seats;
  const minimum: Record<string, number> = {};
  for (const type of inTurn) {
    const extra = extraSeats(rules, inUse, filled, type);
    if (extra === 0) continue;
    minimum[type] = extra;
    filled = added(filled, { [type]: extra });
  }
  return { minimum, recommended: missing(rules, inUse, seats) };
}
