import { AccountId, EmailAddress, SessionId, type FolderGrant, type OrgId, type Role } from "@fyr/protocol";
import { systemRandom, uuid7Ids, type Clock } from "@fyr/runtime";
import type { Person } from "../access/caller.ts";
import { hashOf, newToken } from "../accounts/secret.ts";
import { LONGEST_SESSION_MS } from "../accounts/times.ts";
import type { HubStore } from "../store/store.ts";

/** Somebody with an account and an open session, as the database knows them. */
export interface SignedIn {
  readonly person: Person;
  /** What the session's cookie holds. */
  readonly token: string;
}

/** Writes an account with a session whose second factor was just passed. */
export async function signIn(store: HubStore, clock: Pick<Clock, "wall">): Promise<SignedIn> {
  const ids = uuid7Ids(clock, systemRandom);
  const now = clock.wall();
  const accountId = AccountId.parse(ids.next());
  const sessionId = SessionId.parse(ids.next());
  const token = newToken(systemRandom);
  const none = { factorSeed: null, factorStep: 0, nextMethod: null, nextSeed: null, nextUntil: 0 };
  await store.write(async ({ accounts, sessions }) => {
    await accounts.insert({
      ...{ id: accountId, email: EmailAddress.parse(`${accountId}@example.test`), name: "Robin" },
      ...{
        language: "en",
        timeZone: "Europe/Paris",
        theme: "system",
        passwordHash: "",
        factorMethod: "email",
      },
      ...none,
      ...{ failures: 0, codesTried: 0, codesSince: 0, createdAt: now, signedInAt: now, suspendedAt: null },
    });
    await sessions.insert({
      ...{ id: sessionId, accountId, tokenHash: hashOf(token), factor: "passed", factorAt: now },
      ...{ createdAt: now, seenAt: now, until: now + LONGEST_SESSION_MS, source: "127.0.0.1", browser: "" },
    });
  });
  return { person: { kind: "person", accountId, sessionId, factorAt: now, language: "en" }, token };
}

/** Makes somebody a member, without invitation or audit. */
export const join = (
  store: HubStore,
  orgId: OrgId,
  { accountId }: Pick<Person, "accountId">,
  role: Role,
  grants: readonly FolderGrant[] = [],
): Promise<void> =>
  store.write(({ members }) =>
    members.insert(
      {
        ...{ orgId, principalId: accountId, kind: "person", role, owner: false, active: true },
        ...{ pending: null, invitedBy: null, joinedAt: 0, version: 1 },
      },
      grants,
    ),
  );
