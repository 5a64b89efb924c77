import { AccountId, EmailAddress, FolderId, InvitationId, type OrgId } from "@fyr/protocol";
import { expect, test } from "vitest";
import { isTaken } from "../store/errors.ts";
import type { HubStore } from "../store/store.ts";
import { newOrg } from "../testing/records.ts";
import type { InvitationRecord } from "./store.ts";

let made = 0;
const next = (): string => newOrg();

const invitation = (orgId: OrgId, facts: Partial<InvitationRecord> = {}): InvitationRecord => ({
  ...{ orgId, id: InvitationId.parse(next()), email: EmailAddress.parse(`guest${++made}@store.example`) },
  ...{ role: "operator", folderIds: [FolderId.parse(next()), FolderId.parse(next())], language: "fr" },
  ...{ tokenHash: `hash ${made} ${next()}`, state: "pending", invitedBy: AccountId.parse(next()) },
  ...{ createdAt: 1, sentAt: 2, until: 3, endedAt: null, version: 1 },
  ...facts,
});

export function invitationStoreContract(name: string, stores: () => HubStore): void {
  const add = async (record: InvitationRecord) => {
    await stores().write(({ invitations }) => invitations.insert(record));
    return record;
  };
  const read = () => stores().read.invitations;

  test(`${name}: an invitation is what was put in, by id, by address and by token, and in no other organisation`, async () => {
    const orgId = newOrg();
    const one = await add(invitation(orgId));
    expect(await read().find(orgId, one.id)).toEqual(one);
    expect(await read().pendingFor(orgId, one.email)).toEqual(one);
    expect(await read().byToken(one.tokenHash)).toEqual(one);
    expect(await read().find(newOrg(), one.id)).toBeNull();
    expect(await read().pendingFor(newOrg(), one.email)).toBeNull();
    expect(await read().byToken("none")).toBeNull();
  });

  test(`${name}: A-41: an address has one pending invitation in an organisation, and any number of ended ones`, async () => {
    const [orgId, other] = [newOrg(), newOrg()];
    const one = await add(invitation(orgId));
    const again = invitation(orgId, { email: one.email });
    await expect(add(again)).rejects.toSatisfy(isTaken);
    await add(invitation(other, { email: one.email }));
    await stores().write(({ invitations }) => invitations.save({ ...one, state: "revoked", endedAt: 9 }));
    await add(again);
    expect(await read().pendingFor(orgId, one.email)).toEqual(again);
    expect(await read().find(orgId, one.id)).toEqual({ ...one, state: "revoked", endedAt: 9, version: 2 });
  });

  test(`${name}: pages show each pending invitation once, in the order of their ids, and no ended one`, async () => {
    const orgId = newOrg();
    const all = [];
    for (let n = 0; n < 4; n++) all.push(await add(invitation(orgId)));
    await add(invitation(orgId, { state: "accepted", endedAt: 5 }));
    const first = await read().page(orgId, { limit: 2 });
    expect(first).toEqual(all.slice(0, 3));
    expect(await read().page(orgId, { limit: 2, after: all[1]?.id })).toEqual(all.slice(2));
  });
}
