import type { Cancel, Clock, Logger } from "@fyr/runtime";
import { KEPT_MS } from "../idempotency/once.ts";
import type { HubStore } from "../store/store.ts";
import { DAY_MS, HOUR_MS, IDLE_MS, KNOWN_MS, MAIL_KEPT_MS } from "./times.ts";

/** Clears away what is over: it would be refused anyway, so nothing depends on when this happens. */
export interface Sweeper {
  start(): void;
  stop(): Promise<void>;
}

export async function sweepAccounts(store: HubStore, now: number): Promise<void> {
  // A hub without people has no work here, and none for its disk.
  if (!(await store.read.accounts.holdsPassing())) return;
  await store.write(async ({ accounts, sessions, throttle, mails, idempotency }) => {
    await accounts.sweep(now);
    await sessions.sweep({ seenBefore: now - IDLE_MS, now });
    for (const kind of ["source", "address", "mail", "register", "code", "ask"]) {
      await throttle.sweep(kind, now - DAY_MS);
    }
    await throttle.sweep("known", now - KNOWN_MS);
    await mails.clear(now - MAIL_KEPT_MS);
    await idempotency.forget(now - KEPT_MS);
  });
}

export function createSweeper({ clock, log }: { clock: Clock; log: Logger }, store: HubStore): Sweeper {
  let timer: Cancel | undefined;
  let running = Promise.resolve();
  const wait = () => {
    timer = clock.after(HOUR_MS, () => {
      running = sweepAccounts(store, clock.wall()).catch((error: unknown) =>
        log.warn({ error }, "what is over could not be cleared away"),
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
