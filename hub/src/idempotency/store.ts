import type { AccountId, OrgId } from "@fyr/protocol";

/** Whose keys these are: an organisation's, or an account's for what happens outside every organisation. */
export type KeySpace = OrgId | AccountId;

/** Remembers answers by the key that the caller chose. */
export interface IdempotencyStore {
  /**
   * Takes a key for the request that runs now; whoever comes with it at the same time waits for the end of this
   * transaction. Entries from before `since` do not count any more.
   *
   * @returns what was answered under this key before, or null when it is new
   */
  take(
    space: KeySpace,
    key: string,
    bodyHash: string,
    times: { now: number; since: number },
  ): Promise<Kept | null>;
  /** The answer to the key that was taken in this transaction. */
  answer(space: KeySpace, key: string, answer: string): Promise<void>;
  forget(before: number): Promise<void>;
}

export interface Kept {
  readonly bodyHash: string;
  readonly answer: string;
}
