/** One measured comparison: rounds of product and yardstick taken in turn, in one run. */
export interface Figure {
  /** The id of the goal, e.g. `P1`. */
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** Absolute medians, for orientation only: machines differ, ratios travel. */
  readonly product: number;
  readonly yardstick: number | null;
  /** What is judged: the median ratio, or the median itself where the goal is absolute. */
  readonly judged: number;
  readonly goal: string;
  readonly met: boolean;
}

/** Something to measure; each makes what it needs and takes it down again. */
export interface Benchmark {
  readonly id: string;
  readonly title: string;
  run(rounds: number): Promise<Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

export interface Pair {
  readonly product: number;
  readonly yardstick: number;
}

/**
 * Measures product and yardstick in turn, after one round that does not count. Which of the two goes first alternates,
 * so that a machine that drifts favours neither.
 */
export async function interleave(
  rounds: number,
  product: () => Promise<number>,
  yardstick: () => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round++) {
    const productFirst = round % 2 === 0;
    const first = await (productFirst ? product() : yardstick());
    const second = await (productFirst ? yardstick() : product());
    const pair = productFirst ? { product: first, yardstick: second } : { product: second, yardstick: first };
    if (round > 0) pairs.push(pair);
  }
  return pairs;
}

type Goal = { readonly atMost: number } | { readonly atLeast: number };

const reached = (value: number, goal: Goal) =>
  "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;

const say = (goal: Goal, unit: string) =>
  "atMost" in goal ? `at most ${goal.atMost}${unit}` : `at least ${goal.atLeast}${unit}`;

/** A figure whose goal is a ratio of product to yardstick: the median of the pairs' ratios. */
export function ratio(id: string, what: string, unit: string, pairs: readonly Pair[], goal: Goal): Figure {
  const judged = median(pairs.map((pair) => pair.product / pair.yardstick));
  return {
    id,
    what,
    unit,
    product: median(pairs.map((pair) => pair.product)),
    yardstick: median(pairs.map((pair) => pair.yardstick)),
    judged,
    goal: say(goal, " x"),
    met: reached(judged, goal),
  };
}

/** A figure whose goal is absolute. */
export function absolute(
  id: string,
  what: string,
  unit: string,
  values: readonly number[],
  goal: Goal,
): Figure {
  const judged = median(values);
  return {
    id,
    what,
    unit,
    product: judged,
    yardstick: null,
    judged,
    goal: say(goal, ` ${unit}`),
    met: reached(judged, goal),
  };
}
