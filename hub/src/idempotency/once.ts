import { createHash } from "node:crypto";
import { canonicalJson, Fault } from "@fyr/protocol";
import type { Actor } from "../ports.ts";
import type { IdempotencyStore, KeySpace } from "./store.ts";

/** For this long the same key gives the same answer. */
export const KEPT_MS = 48 * 3_600_000;

/** A request that may come twice. */
export interface Repeatable {
  /** The organisation that is changed; the account where there is none yet. */
  readonly space: KeySpace;
  /** Who asks: everybody has keys of their own, so nobody is answered what another was told. */
  readonly actor: Actor;
  /** Names the operation as the API does: a key that served for another one does not fit. */
  readonly operation: string;
  /** What the caller chose; undefined for a request that does not want to be repeatable. */
  readonly key: string | undefined;
  /** Everything that decides what is done: the path's ids and the body. */
  readonly wish: unknown;
  readonly now: number;
}

const hashOf = ({ operation, wish }: Repeatable): string =>
  createHash("sha256").update(canonicalJson({ operation, wish })).digest("hex");

/**
 * Runs `act` once for its key: whoever repeats the request within 48 hours gets the first answer and changes nothing.
 * Belongs into the transaction of what is done, so that both are on disk or neither. A refusal is not kept.
 *
 * The answer is kept as it is. One that holds a secret must not come through here.
 *
 * @throws Fault `IDEMPOTENCY_MISMATCH` when the key came with something else before
 */
export async function once<T>(
  { idempotency }: { readonly idempotency: IdempotencyStore },
  asked: Repeatable,
  act: () => Promise<T>,
): Promise<T> {
  if (asked.key === undefined) return act();
  const { space, actor, now } = asked;
  const key = `${actor} ${asked.key}`;
  const bodyHash = hashOf(asked);
  const kept = await idempotency.take(space, key, bodyHash, { now, since: now - KEPT_MS });
  if (kept === null) {
    const answer = await act();
    await idempotency.answer(space, key, JSON.stringify(answer));
    return answer;
  }
  if (kept.bodyHash !== bodyHash) throw new Fault("IDEMPOTENCY_MISMATCH");
  return JSON.parse(kept.answer) as T;
}
