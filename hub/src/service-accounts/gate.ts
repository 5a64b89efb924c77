import type { ApiKeyId } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import type { Service } from "../access/caller.ts";
import type { HubStore } from "../store/store.ts";
import type { KeyStanding } from "./store.ts";
import { isKeyToken, keyHash } from "./token.ts";

/** The last use of a key is written down this often. */
export const USED_EVERY_MS = 60_000;

/** What the gate asks about a key, for every request. */
export interface KeyDesk {
  /** One question to the database. Null for a key that is unknown, revoked or over, or whose account is disabled. */
  key(token: string): Promise<Service | null>;
  /** Resolves when no use is being written down any more. */
  idle(): Promise<void>;
}

export function createKeyDesk(
  { clock, log }: { readonly clock: Pick<Clock, "wall">; readonly log: Logger },
  store: HubStore,
): KeyDesk {
  /** Uses that are being written down: requests do not wait for them, and no second one is begun. */
  const writing = new Map<ApiKeyId, Promise<void>>();

  function note({ orgId, id, lastUsedAt }: KeyStanding, now: number): void {
    const isRecent = lastUsedAt !== null && Math.abs(now - lastUsedAt) < USED_EVERY_MS;
    if (isRecent || writing.has(id)) return;
    const written = store
      .write(({ serviceAccounts }) => serviceAccounts.used(orgId, id, now))
      .catch((error: unknown) => log.warn({ error, keyId: id }, "the use of a key was not written down"))
      .finally(() => writing.delete(id));
    writing.set(id, written);
  }

  return {
    async key(token) {
      if (!isKeyToken(token)) return null;
      const found = await store.read.serviceAccounts.byToken(keyHash(token));
      const now = clock.wall();
      if (!found?.active || found.revokedAt !== null || found.until <= now) return null;
      note(found, now);
      const { orgId, serviceId, id: keyId, scope } = found;
      return { kind: "service", orgId, serviceId, keyId, scope };
    },
    async idle() {
      await Promise.all(writing.values());
    },
  };
}
