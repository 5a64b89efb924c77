import type { Cancel, Clock, Logger } from "@fyr/runtime";

/** Claims on ownership take effect by themselves. */
export interface ClaimsDue {
  start(): void;
  stop(): Promise<void>;
}

const LOOK_MS = 3_600_000;

export function createClaimsDue(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  settle: () => Promise<void>,
): ClaimsDue {
  let timer: Cancel | undefined;
  let running = Promise.resolve();
  const wait = () => {
    timer = clock.after(LOOK_MS, () => {
      running = settle().catch((error: unknown) =>
        log.warn({ error }, "claims on ownership could not be settled; they are looked at again"),
      );
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
