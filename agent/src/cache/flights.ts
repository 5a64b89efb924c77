/** Work that several ask for and one does. It is given up when the last who asked has left. */
export interface Flights<K> {
  /**
   * Joins the work under `key`, or begins it.
   *
   * @param onBytes hears how far the work is, from the moment of joining
   */
  join(
    key: K,
    begin: (onBytes: (done: number) => void, signal: AbortSignal) => Promise<void>,
    onBytes: (done: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

interface Flight {
  readonly work: Promise<void>;
  readonly listeners: Set<(done: number) => void>;
  readonly stop: AbortController;
  last: number;
}

export function flights<K>(): Flights<K> {
  const open = new Map<K, Flight>();

  const begin = (key: K, act: Parameters<Flights<K>["join"]>[1]): Flight => {
    const flight: Flight = {
      listeners: new Set(),
      stop: new AbortController(),
      last: 0,
      work: Promise.resolve()
        .then(() => act((done) => tell(flight, done), flight.stop.signal))
        .finally(() => open.delete(key)),
    };
    flight.work.catch(() => undefined); // those who joined hear of it; nobody may be left to
    open.set(key, flight);
    return flight;
  };

  /** A flight that is being given up still has its hands on the files: the next waits until it has let go. */
  const settled = async (key: K, signal: AbortSignal): Promise<void> => {
    for (let flight = open.get(key); flight?.stop.signal.aborted; flight = open.get(key)) {
      await flight.work.catch(() => undefined);
      signal.throwIfAborted();
    }
  };

  return {
    async join(key, act, onBytes, signal) {
      signal.throwIfAborted();
      await settled(key, signal);
      const flight = open.get(key) ?? begin(key, act);
      const listener = (done: number) => onBytes(done);
      flight.listeners.add(listener);
      if (flight.last > 0) onBytes(flight.last);
      const left = abortion(signal);
      try {
        await Promise.race([flight.work, left.promise]);
      } finally {
        left.forget();
        flight.listeners.delete(listener);
        if (flight.listeners.size === 0) flight.stop.abort(signal.reason);
      }
    },
  };
}

function tell(flight: Flight, done: number): void {
  flight.last = done;
  for (const listener of flight.listeners) listener(done);
}

function abortion(signal: AbortSignal) {
  let forget = () => {};
  const promise = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort);
    forget = () => signal.removeEventListener("abort", abort);
  });
  return { promise, forget };
}
