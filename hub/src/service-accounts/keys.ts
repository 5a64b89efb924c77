import { ApiKeyId, Fault, type ApiKey, type ServiceAccountId } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { changing, demandStill } from "../members/change.ts";
import { pageOf } from "../paging.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { makerOf, serviceOf } from "./accounts.ts";
import type { ServiceAccountPorts, ServiceAccountService } from "./service.ts";
import type { ApiKeyRecord } from "./store.ts";
import { keyHash, newKeyToken } from "./token.ts";

const DAY_MS = 86_400_000;

function stateOf({ revokedAt, until }: ApiKeyRecord, now: number): ApiKey["state"] {
  if (revokedAt !== null) return "revoked";
  return until <= now ? "expired" : "active";
}

function showKey(key: ApiKeyRecord, now: number): ApiKey {
  const { id, name, scope, createdBy, createdAt, rotatedAt, until, lastUsedAt } = key;
  return {
    ...{ id, name, scope: scope && [...scope], state: stateOf(key, now) },
    ...{ createdBy, createdAt, rotatedAt, until, lastUsedAt },
  };
}

/** What the audit keeps of a key: never its token, not even the hash. */
const facts = ({ serviceId, name, scope, until }: ApiKeyRecord) => ({ serviceId, name, scope, until });

type KeyService = Pick<ServiceAccountService, "keys" | "createKey" | "rotateKey" | "revokeKey">;

export function keyService({ clock, ids, random }: ServiceAccountPorts, store: HubStore): KeyService {
  const managing = <T>(member: Member, work: (stores: Stores) => Promise<T>): Promise<T> =>
    changing(store, member.orgId, async (stores) => {
      await demandStill(stores, member, "service.manage");
      return work(stores);
    });

  /** @throws Fault `NOT_FOUND` also for one that was revoked: it does not come back */
  async function living(
    stores: Stores,
    { orgId }: Member,
    serviceId: ServiceAccountId,
    id: ApiKeyId,
  ): Promise<ApiKeyRecord> {
    const found = await stores.serviceAccounts.findKey(orgId, serviceId, id);
    if (!found || found.revokedAt !== null) throw new Fault("NOT_FOUND");
    return found;
  }

  return {
    async keys(member, serviceId, wish) {
      await serviceOf(store.read, member, serviceId);
      const found = await store.read.serviceAccounts.keys(member.orgId, serviceId, wish);
      const now = clock.wall();
      return pageOf(
        found,
        wish,
        ({ id }) => id,
        (key) => showKey(key, now),
      );
    },

    createKey: (member, serviceId, { name, scope, days }) =>
      managing(member, async (stores) => {
        const { orgId, actor } = member;
        await serviceOf(stores, member, serviceId);
        const now = clock.wall();
        const token = newKeyToken(random);
        const key: ApiKeyRecord = {
          ...{ orgId, id: ApiKeyId.parse(ids.next()), serviceId, name, tokenHash: keyHash(token) },
          ...{ scope: scope && [...new Set(scope)], createdBy: makerOf(member), createdAt: now },
          ...{ rotatedAt: null, until: now + days * DAY_MS, lastUsedAt: null, revokedAt: null },
        };
        await stores.serviceAccounts.insertKey(key);
        const entry = { orgId, at: now, actor, action: "key.created", object: key.id };
        await stores.audit.append([{ ...entry, after: facts(key) }]);
        return { key: showKey(key, now), token };
      }),

    rotateKey: (member, serviceId, keyId) =>
      managing(member, async (stores) => {
        const { orgId, actor } = member;
        const before = await living(stores, member, serviceId, keyId);
        const now = clock.wall();
        const token = newKeyToken(random);
        const lifeMs = before.until - (before.rotatedAt ?? before.createdAt);
        const after = { ...before, tokenHash: keyHash(token), rotatedAt: now, until: now + lifeMs };
        await stores.serviceAccounts.saveKey(after);
        const entry = { orgId, at: now, actor, action: "key.rotated", object: keyId };
        await stores.audit.append([{ ...entry, before: facts(before), after: facts(after) }]);
        return { key: showKey(after, now), token };
      }),

    revokeKey: (member, serviceId, keyId) =>
      managing(member, async (stores) => {
        const { orgId, actor } = member;
        const before = await living(stores, member, serviceId, keyId);
        const at = clock.wall();
        await stores.serviceAccounts.saveKey({ ...before, revokedAt: at });
        const entry = { orgId, at, actor, action: "key.revoked", object: keyId };
        await stores.audit.append([{ ...entry, before: facts(before) }]);
      }),
  };
}
