/** What became of one item of a batch. */
export type Settled<Result> =
  { readonly ok: true; readonly value: Result } | { readonly ok: false; readonly error: unknown };

export interface GroupCommitOptions<Item, Result> {
  /** Makes a batch durable in one transaction; resolves, item by item, when it is. Rejects when nothing was written. */
  commit(batch: readonly Item[]): Promise<readonly Settled<Result>[]>;
  /** Lets what has arrived meanwhile be added before the next batch is closed. */
  turn(): Promise<void>;
  /** True for an error that says nothing about the items: trying them one by one would only repeat it. */
  isStoreDown(error: unknown): boolean;
  readonly largestBatch: number;
}

export interface GroupCommit<Item, Result> {
  /** Resolves when the item is durable. */
  add(item: Item): Promise<Result>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly done: PromiseWithResolvers<Result>;
}

/**
 * Commits what came in during the last commit as one batch: the busier the hub, the larger the batches, without a timer
 * (performance.md 7.3). An item that makes its batch fail is found by halving, and harms nobody else.
 */
export function groupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  const { commit, turn, isStoreDown, largestBatch } = options;
  let waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | undefined;

  function settle(batch: readonly Waiting<Item, Result>[], outcomes: readonly Settled<Result>[]): void {
    batch.forEach(({ done }, at) => {
      const outcome = outcomes[at];
      if (outcome?.ok) done.resolve(outcome.value);
      else done.reject(outcome ? outcome.error : new Error("the batch lost an item"));
    });
  }

  async function commitAll(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      settle(batch, await commit(batch.map(({ item }) => item)));
    } catch (error) {
      if (batch.length === 1 || isStoreDown(error)) return batch.forEach(({ done }) => done.reject(error));
      const middle = batch.length >> 1;
      await commitAll(batch.slice(0, middle));
      await commitAll(batch.slice(middle));
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await turn();
      const batch = waiting.slice(0, largestBatch);
      waiting = waiting.slice(largestBatch);
      await commitAll(batch);
    }
    running = undefined;
  }

  return {
    add(item) {
      const done = Promise.withResolvers<Result>();
      waiting.push({ item, done });
      running ??= drain();
      return done.promise;
    },
    idle: () => running ?? Promise.resolve(),
  };
}
