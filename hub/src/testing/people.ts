import { AccountId, EmailAddress, FolderId, SessionId, type OrgId } from "@fyr/protocol";
import type { Ids } from "@fyr/runtime";
import type { Person } from "../access/caller.ts";
import { memberOf, type Member } from "../access/member.ts";
import type { AccountRecord } from "../accounts/account.ts";
import { newAccount } from "../accounts/registration.ts";
import { defaultFolderOf } from "../folders/default-folder.ts";
import type { HeldMember } from "../members/store.ts";
import type { HubStore } from "../store/store.ts";
import { FOUNDER } from "./members.ts";

/** Where people of a test live. */
export interface Town {
  readonly store: HubStore;
  readonly ids: Ids;
}

let born = 0;

/** Somebody with an account and a second factor, signed in. */
export async function newPerson(
  { store, ids }: Town,
  facts: Partial<Pick<AccountRecord, "email" | "name" | "language" | "factorMethod">> = {},
): Promise<Person & Pick<AccountRecord, "email" | "name">> {
  const accountId = AccountId.parse(ids.next());
  const n = ++born;
  const plain = {
    email: EmailAddress.parse(`person${n}@acme.example`),
    name: `Person ${n}`,
    language: "en",
  } as const;
  const account = newAccount(accountId, { timeZone: "UTC", passwordHash: "none", ...plain, ...facts }, 1);
  await store.write(({ accounts }) => accounts.insert({ ...account, factorMethod: "totp", ...facts }));
  const session = { sessionId: SessionId.parse(ids.next()), factorAt: 1, language: account.language };
  return { kind: "person", accountId, ...session, email: account.email, name: account.name };
}

/** Somebody becomes a member. */
export async function join(
  { store }: Pick<Town, "store">,
  orgId: OrgId,
  { accountId }: Pick<Person, "accountId">,
  held: Partial<Pick<HeldMember, "role" | "owner" | "pending" | "grants" | "active">> = {},
): Promise<void> {
  const { grants = [], ...facts } = held;
  const plain = { kind: "person", role: "viewer", owner: false, active: true, pending: null } as const;
  const member = {
    orgId,
    principalId: accountId,
    invitedBy: null,
    joinedAt: 1,
    version: 1,
    ...plain,
    ...facts,
  };
  await store.write(({ members }) => members.insert(member, grants));
}

/** Somebody new becomes a member, without an account: for tests that do not care who it is. */
export async function joinNew(
  { store, ports: { ids } }: { readonly store: HubStore; readonly ports: { readonly ids: Ids } },
  orgId: OrgId,
  held: Partial<Pick<HeldMember, "role" | "owner" | "grants">>,
): Promise<AccountId> {
  const accountId = AccountId.parse(ids.next());
  await join({ store }, orgId, { accountId }, held);
  return accountId;
}

/** A member as the gate would let them in at this moment. */
export async function admitted(
  { store }: Pick<Town, "store">,
  orgId: OrgId,
  person: Person,
): Promise<Member> {
  const membership = await store.read.access.membership(orgId, person.accountId);
  if (!membership) throw new Error("no member");
  return memberOf(person, membership);
}

/** A folder below another, or below the default folder. */
export async function newFolder(
  { store, ids }: Town,
  orgId: OrgId,
  name: string,
  parentId: FolderId = defaultFolderOf(orgId),
): Promise<FolderId> {
  const id = FolderId.parse(ids.next());
  await store.write(({ folders }) => folders.insert({ orgId, id, parentId, name, createdAt: 1, version: 1 }));
  return id;
}

/** The same by the id alone. */
export const admittedAs = (store: HubStore, orgId: OrgId, accountId: AccountId): Promise<Member> =>
  admitted({ store }, orgId, { ...FOUNDER, accountId, sessionId: SessionId.parse(accountId) });
