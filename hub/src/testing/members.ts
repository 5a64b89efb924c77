import { AccountId, DEFAULT_SETTINGS, SessionId, type OrgId } from "@fyr/protocol";
import type { Person } from "../access/caller.ts";
import { memberOf, type Member } from "../access/member.ts";
import type { Membership } from "../access/store.ts";

/** A person who is signed in, for tests that do not care who it is. */
export const FOUNDER: Person = {
  kind: "person",
  accountId: AccountId.parse("01890000-0000-7000-8000-0000000000aa"),
  sessionId: SessionId.parse("01890000-0000-7000-8000-0000000000bb"),
  factorAt: 0,
  language: "en",
};

/** How the audit names the founder. */
export const FOUNDER_ACTOR = `account:${FOUNDER.accountId}`;

/** The founder at work in an organisation; other facts of the membership may be named. */
export const ownerOf = (orgId: OrgId, facts: Partial<Membership> = {}): Member =>
  memberOf(FOUNDER, {
    ...{ orgId, principalId: FOUNDER.accountId, kind: "person", role: "admin", owner: true, grants: [] },
    ...{ settings: DEFAULT_SETTINGS, archivedAt: null },
    ...facts,
  });
