import PQueue from "p-queue";

export type Release = () => void;

/**
 * Waits for a place in `queue` and holds it until it is given back. Giving back twice does nothing.
 *
 * @param first before all that wait already
 * @throws the signal's reason when it aborts before a place is free
 */
export async function takePlace(queue: PQueue, signal: AbortSignal, first = false): Promise<Release> {
  const over = Promise.withResolvers<void>();
  const granted = Promise.withResolvers<void>();
  const work = async () => {
    granted.resolve();
    await over.promise;
  };
  queue.add(work, { priority: first ? 1 : 0 }).catch(granted.reject);
  const giveUp = () => granted.reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  try {
    await granted.promise;
    return over.resolve;
  } catch (error) {
    over.resolve(); // its turn, when it comes, is over at once
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

export interface Locks {
  /** One holder per name, in the order of asking. */
  take(name: string, signal: AbortSignal): Promise<Release>;
}

export function locks(): Locks {
  const queues = new Map<string, PQueue>();
  return {
    async take(name, signal) {
      const queue = queues.get(name) ?? new PQueue({ concurrency: 1 });
      queues.set(name, queue);
      const release = await takePlace(queue, signal);
      return () => {
        release();
        if (queue.size === 0) queues.delete(name);
      };
    },
  };
}
