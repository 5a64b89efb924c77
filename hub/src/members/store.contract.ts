import { AccountId } from "@fyr/protocol";
import { expect, test } from "vitest";
import { newOrg, newTaskId, organisationRecord } from "../testing/records.ts";
import type { HubStore } from "../store/store.ts";
import type { HeldMember } from "./store.ts";

export function memberStoreContract(name: string, stores: () => HubStore): void {
  const member = (facts: Partial<HeldMember>): HeldMember => ({
    ...{ orgId: newOrg(), principalId: AccountId.parse(newTaskId()), kind: "person", role: "admin" },
    ...{ owner: true, active: true, pending: null, invitedBy: null, joinedAt: 1, version: 1, grants: [] },
    ...facts,
  });
  async function owned(): Promise<HeldMember> {
    const organisation = organisationRecord();
    const owner = member({ orgId: organisation.id });
    await stores().write(async ({ organisations, members }) => {
      await organisations.insert(organisation);
      await members.insert(owner, []);
    });
    return owner;
  }

  test(`${name}: R-164 A-30: the database itself keeps the last owner, and its refusal has our name`, async () => {
    const owner = await owned();
    const { orgId, principalId } = owner;
    const unmarked = stores().write(({ members }) => members.save({ ...owner, owner: false }, 2));
    await expect(unmarked).rejects.toMatchObject({ code: "LAST_OWNER" });
    const idle = stores().write(({ members }) => members.save({ ...owner, active: false }, 2));
    await expect(idle).rejects.toMatchObject({ code: "LAST_OWNER" });
    const removed = stores().write(({ members }) => members.remove(orgId, principalId));
    await expect(removed).rejects.toMatchObject({ code: "LAST_OWNER" });
    expect(await stores().read.members.find(orgId, principalId)).toEqual(owner);
    const second = member({ orgId });
    await stores().write(async ({ members }) => {
      await members.insert(second, []);
      await members.remove(orgId, principalId);
    });
    expect(await stores().read.members.find(orgId, principalId)).toBeNull();
  });

  test(`${name}: a membership is what was put in, with its folders, and its version rises`, async () => {
    const { orgId } = await owned();
    const folderId = orgId as never;
    const grants = [{ folderId, role: "operator" }] as const;
    const made = member({ orgId, role: "operator", owner: false, pending: "admin", grants });
    await stores().write(({ members }) => members.insert(made, grants));
    expect(await stores().read.members.find(orgId, made.principalId)).toEqual(made);
    const after = { ...made, role: "viewer", pending: null, grants: [] } as const;
    await stores().write(({ members }) => members.save(after, 5));
    const found = await stores().read.members.find(orgId, made.principalId);
    expect(found).toEqual({ ...after, version: 2 });
    expect(await stores().read.members.find(newOrg(), made.principalId)).toBeNull();
  });
}
