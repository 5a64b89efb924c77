import { DEFAULT_THRESHOLDS, type AlertKind, type ThresholdChanges, type Thresholds } from "@fyr/protocol";

/** Kinds of which less is worse. */
const LESS_IS_WORSE: readonly AlertKind[] = ["storage", "retention"];

/** What counts: a server's changes over the organisation's over the product's. */
export const effective = (...changes: readonly ThresholdChanges[]): Thresholds =>
  Object.assign({}, DEFAULT_THRESHOLDS, ...changes) as Thresholds;

export const isBeyond = (kind: AlertKind, value: number, limit: number): boolean =>
  LESS_IS_WORSE.includes(kind) ? value < limit : value >= limit;

/** Back on the good side: at `clear` or better. */
export const isClear = (kind: AlertKind, value: number, clear: number): boolean =>
  LESS_IS_WORSE.includes(kind) ? value >= clear : value <= clear;

/** Kinds whose `clear` lies on the wrong side of their `limit`. */
export const contradictions = (changes: ThresholdChanges): AlertKind[] =>
  (Object.entries(changes) as [AlertKind, Thresholds[AlertKind]][])
    .filter(([kind, { limit, clear }]) => isBeyond(kind, clear, limit))
    .map(([kind]) => kind);
