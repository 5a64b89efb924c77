import { KEPT_MS } from "../idempotency/once.ts";
import type { HubStore } from "../store/store.ts";
import { DAY_MS, IDLE_MS, KNOWN_MS, MAIL_KEPT_MS } from "./times.ts";

/** Clears away what is over: it would be refused anyway, so nothing depends on when this happens. */
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
