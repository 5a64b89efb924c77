/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeWish = ByteRange | "whole" | "unsatisfiable";

const ONE_RANGE = /^bytes\s*=\s*(?:(\d{1,15})\s*-\s*(\d{1,15})?|-\s*(\d{1,15}))\s*$/i;

/**
 * What a `Range` header asks of a representation of `sizeBytes` (RFC 9110, 14.2). A header that is malformed, in
 * another unit or names several ranges is ignored, as the RFC allows: the whole is always a right answer.
 */
export function readRange(header: string | undefined, sizeBytes: number): RangeWish {
  const match = ONE_RANGE.exec(header ?? "");
  if (!match) return "whole";
  const [, first, last, suffix] = match;
  return suffix === undefined
    ? fromStart(Number(first), last === undefined ? Infinity : Number(last), sizeBytes)
    : fromEnd(Number(suffix), sizeBytes);
}

function fromStart(start: number, last: number, sizeBytes: number): RangeWish {
  if (last < start) return "whole";
  return start < sizeBytes ? { start, end: Math.min(last, sizeBytes - 1) } : "unsatisfiable";
}

function fromEnd(lengthBytes: number, sizeBytes: number): RangeWish {
  if (lengthBytes === 0 || sizeBytes === 0) return "unsatisfiable";
  return { start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes - 1 };
}

/**
 * Whether a range may be honoured: `If-Range` must name exactly what we would send. A weak tag or a date never
 * does (RFC 9110, 13.1.5).
 */
export const rangeStillHolds = (ifRange: string | undefined, etag: string): boolean =>
  ifRange === undefined || ifRange.trim() === etag;

/** Whether one of the tags of `If-None-Match` is `etag`; the comparison is weak (RFC 9110, 13.1.2). */
export function alreadyHeld(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
