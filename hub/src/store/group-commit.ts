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
  /** How much of a batch an item takes up; batches are closed at `largestBatch`. */
  weigh(item: Item): number;
  readonly largestBatch: number;
  /** Batches under way at once: one where the database has one writer. */
  readonly lanes: number;
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
  const { commit, turn, isStoreDown, weigh, largestBatch, lanes } = options;
  let waiting: Waiting<Item, Result>[] = [];
  const running = new Set<Promise<void>>();

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

  function nextBatch(): readonly Waiting<Item, Result>[] {
    let weight = 0;
    const end = waiting.findIndex(({ item }, at) => (weight += weigh(item)) > largestBatch && at > 0);
    const batch = end < 0 ? waiting : waiting.slice(0, end);
    waiting = end < 0 ? [] : waiting.slice(end);
    return batch;
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await turn();
      const batch = nextBatch();
      if (batch.length > 0) await commitAll(batch);
    }
  }

  function start(): void {
    if (running.size >= lanes) return;
    const lane = drain().finally(() => {
      running.delete(lane);
      // What came while this lane ended would otherwise wait for the next to come.
      if (waiting.length > 0) start();
    });
    running.add(lane);
  }

  return {
    add(item) {
      const done = Promise.withResolvers<Result>();
      waiting.push({ item, done });
      start();
      return done.promise;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
