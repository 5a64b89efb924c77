import type { Cancel, Clock, Logger } from "@fyr/runtime";

/** Work that comes round by itself. */
export interface Hourly {
  start(): void;
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Does `work` once an hour; when it fails, `failed` says so in the log, and the next hour tries again. */
export function createHourly(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  failed: string,
  work: () => Promise<void>,
): Hourly {
  let timer: Cancel | undefined;
  let running = Promise.resolve();
  const wait = () => {
    timer = clock.after(HOUR_MS, () => {
      running = work().catch((error: unknown) => log.warn({ error }, failed));
      wait();
    });
  };
  return {
    start: wait,
    async stop() {
      timer?.();
      await running;
    },
  };
}
