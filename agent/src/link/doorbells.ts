import type { Doorbell } from "./doorbell.ts";

/** The doorbell of a hub that may not want to hear from this site for a while: its organisation is archived. */
export interface Doorbells extends Doorbell {
  /** Hangs up and stays silent until it is woken. */
  hush(): void;
  wake(): void;
}

/** @param make a new doorbell, which has not started */
export function createDoorbells(make: () => Doorbell): Doorbells {
  let current: Doorbell | undefined;
  let stopped = true;
  let ending = Promise.resolve();
  const wake = (): void => {
    if (stopped || current) return;
    current = make();
    current.start();
  };
  const hush = (): void => {
    const old = current;
    current = undefined;
    if (old) ending = Promise.all([ending, old.stop()]).then(() => {});
  };
  return {
    hush,
    wake,
    start() {
      stopped = false;
      wake();
    },
    async stop() {
      stopped = true;
      hush();
      await ending;
    },
  };
}
