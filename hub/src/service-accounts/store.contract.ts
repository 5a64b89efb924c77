import { AccountId, ApiKeyId, ServiceAccountId, type OrgId } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import { newOrg } from "../testing/records.ts";
import type { ApiKeyRecord, ServiceAccountRecord } from "./store.ts";

const next = (): string => newOrg();
const KEY_FACTS = { createdAt: 1, rotatedAt: null, until: 9, lastUsedAt: null, revokedAt: null } as const;

export function serviceAccountStoreContract(name: string, stores: () => HubStore): void {
  /** A program with its membership. */
  const add = async (orgId: OrgId, label: string, active = true): Promise<ServiceAccountRecord> => {
    const createdBy = AccountId.parse(next());
    const account = { orgId, id: ServiceAccountId.parse(next()), name: label, createdBy, createdAt: 1 };
    const member = { orgId, principalId: account.id, kind: "service", role: "viewer", owner: false } as const;
    const since = { active, pending: null, invitedBy: null, joinedAt: 1, version: 1 };
    await stores().write(async ({ serviceAccounts, members }) => {
      await serviceAccounts.insert(account);
      await members.insert({ ...member, ...since }, []);
    });
    return account;
  };
  const addKey = async ({ orgId, id: serviceId, createdBy }: ServiceAccountRecord): Promise<ApiKeyRecord> => {
    const key: ApiKeyRecord = {
      ...{ orgId, id: ApiKeyId.parse(next()), serviceId, name: "nightly", tokenHash: `hash ${next()}` },
      ...{ scope: ["user.list"], createdBy, ...KEY_FACTS },
    };
    await stores().write(({ serviceAccounts }) => serviceAccounts.insertKey(key));
    return key;
  };
  const read = () => stores().read.serviceAccounts;

  test(`${name}: a service account is read with its membership, renamed, and hidden from others`, async () => {
    const orgId = newOrg();
    const one = await add(orgId, "Export");
    expect(await read().find(orgId, one.id)).toMatchObject({
      ...one,
      held: { role: "viewer", kind: "service" },
    });
    await stores().write(({ serviceAccounts }) => serviceAccounts.rename(orgId, one.id, "Import"));
    expect(await read().find(orgId, one.id)).toMatchObject({ name: "Import" });
    expect(await read().find(newOrg(), one.id)).toBeNull();
  });

  test(`${name}: pages show each service account and each key once, in the order of their ids`, async () => {
    const orgId = newOrg();
    const all: ServiceAccountRecord[] = [];
    for (let n = 0; n < 3; n++) all.push(await add(orgId, `Program ${n}`));
    const [first, second] = all;
    if (!first || !second) throw new Error("there are three");
    expect((await read().page(orgId, { limit: 1 })).map(({ id }) => id)).toEqual([first.id, second.id]);
    expect((await read().page(orgId, { limit: 5, after: first.id })).map(({ id }) => id)).toEqual(
      all.slice(1).map(({ id }) => id),
    );
    const keys = [await addKey(first), await addKey(first)];
    await addKey(second);
    expect(await read().keys(orgId, first.id, { limit: 5 })).toEqual(keys);
    expect(await read().keys(orgId, first.id, { limit: 5, after: keys[0]?.id })).toEqual(keys.slice(1));
  });

  test(`${name}: a key is found by its token alone, with what it stands for at this moment`, async () => {
    const [open, shut] = [await add(newOrg(), "Open"), await add(newOrg(), "Shut", false)];
    const key = await addKey(open);
    const { orgId, id, serviceId, tokenHash } = key;
    expect(await read().byToken(tokenHash)).toEqual({
      ...{ orgId, id, serviceId, scope: ["user.list"], until: 9, lastUsedAt: null, revokedAt: null },
      active: true,
    });
    expect(await read().byToken((await addKey(shut)).tokenHash)).toMatchObject({ active: false });
    expect(await read().byToken("none")).toBeNull();
    await stores().write(({ serviceAccounts }) => serviceAccounts.used(orgId, id, 5));
    expect(await read().findKey(orgId, serviceId, id)).toEqual({ ...key, lastUsedAt: 5 });
    const changed = { ...key, tokenHash: `${tokenHash} new`, scope: null, rotatedAt: 6, revokedAt: 7 };
    await stores().write(({ serviceAccounts }) => serviceAccounts.saveKey(changed));
    expect(await read().byToken(tokenHash)).toBeNull();
    expect(await read().byToken(changed.tokenHash)).toMatchObject({ scope: null, revokedAt: 7 });
    expect(await read().findKey(newOrg(), serviceId, id)).toBeNull();
  });
}
