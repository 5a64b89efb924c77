import type { Order } from "@fyr/protocol";

export interface SiteNow {
  readonly now: number;
  readonly uncertaintyMs: number;
}

export type StartDecision =
  | { readonly kind: "start"; readonly endsAt: number | null }
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "clockUncertain" }
  /** No window is left before the deadline. */
  | { readonly kind: "missed" }
  | { readonly kind: "late" };

/** Beyond this, nobody can say whether a window is open (upgrades.md 5.6, clock skew). */
export const UNCERTAIN_MS = 5 * 60_000;

/**
 * Whether a job may touch its device now. A window counts only where an upgrade that takes `roomMs` still ends
 * inside it, and with the clock's own doubt taken off at both ends.
 */
export function mayStart(
  { windows, deadline }: Pick<Order, "windows" | "deadline">,
  { now, uncertaintyMs }: SiteNow,
  roomMs: number,
): StartDecision {
  if (now > deadline) return { kind: "late" };
  if (windows.length === 0) return { kind: "start", endsAt: null };
  if (uncertaintyMs > UNCERTAIN_MS) return { kind: "clockUncertain" };
  const usable = windows
    .map(({ opensAt, closesAt }) => ({
      from: opensAt + uncertaintyMs,
      to: closesAt - uncertaintyMs - roomMs,
    }))
    .filter(({ from, to }) => to >= now && to >= from && from <= deadline)
    .sort((a, b) => a.from - b.from);
  const [next] = usable;
  if (!next) return { kind: "missed" };
  return next.from <= now ? { kind: "start", endsAt: next.to + roomMs } : { kind: "wait", until: next.from };
}

/**
 * Whether an upload that began in a window still ends in it at the rate measured so far; the way back to the start
 * is open until the last chunk.
 */
export function endsInTime(
  endsAt: number | null,
  now: number,
  sent: { readonly bytes: number; readonly ofBytes: number; readonly inMs: number },
): boolean {
  if (endsAt === null || sent.bytes === 0) return true;
  const left = ((sent.ofBytes - sent.bytes) * sent.inMs) / sent.bytes;
  return now + left <= endsAt;
}
