import { AccountId, SessionId, type FolderGrant, type OrgId, type Role } from "@fyr/protocol";
import type { Ids } from "@fyr/runtime";
import { memberOf, type Member } from "../access/member.ts";
import type { HubStore } from "../store/store.ts";
import { FOUNDER } from "./members.ts";

interface Joining {
  readonly role: Role;
  readonly owner?: boolean;
  readonly grants?: readonly FolderGrant[];
}

/** Somebody new becomes a member. */
export async function join(
  { store, ports: { ids } }: { readonly store: HubStore; readonly ports: { readonly ids: Ids } },
  orgId: OrgId,
  { role, owner = false, grants = [] }: Joining,
): Promise<AccountId> {
  const principalId = AccountId.parse(ids.next());
  const plain = {
    kind: "person",
    active: true,
    pending: null,
    invitedBy: null,
    joinedAt: 1,
    version: 1,
  } as const;
  await store.write(({ members }) => members.insert({ orgId, principalId, role, owner, ...plain }, grants));
  return principalId;
}

/** A member as the gate would let them in at this moment. */
export async function admitted(store: HubStore, orgId: OrgId, accountId: AccountId): Promise<Member> {
  const membership = await store.read.access.membership(orgId, accountId);
  if (!membership) throw new Error("no member");
  return memberOf({ ...FOUNDER, accountId, sessionId: SessionId.parse(accountId) }, membership);
}
