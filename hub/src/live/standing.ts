import { LIVE_CLOSE, may, type ApiKeyId, type OrgId, type SessionId } from "@fyr/protocol";
import { isOver } from "../accounts/sessions.ts";
import { memberOf, type Member } from "../access/member.ts";
import type { Membership, PrincipalId } from "../access/store.ts";
import type { LiveStore, SessionState } from "./store.ts";

/** Why a stream ends. */
export interface End {
  readonly code: number;
  readonly reason: string;
}

/** Who watches. */
export type Watcher = Pick<Member, "orgId" | "principalId" | "caller">;

/** How every watcher stands at this moment: as a member, or why no more. */
export type StandingOf = (watcher: Watcher) => Member | End;

const ends = {
  session: { code: LIVE_CLOSE.unauthenticated, reason: "the session is over" },
  key: { code: LIVE_CLOSE.unauthenticated, reason: "the key does not count any more" },
  member: { code: LIVE_CLOSE.notFound, reason: "not found" },
  archived: { code: LIVE_CLOSE.archived, reason: "the organisation was archived" },
} as const;

const keyOf = (orgId: OrgId, principalId: PrincipalId) => `${orgId} ${principalId}`;

/** Asks how all of them stand, in one query for each thing that decides. */
export async function standings(
  store: LiveStore,
  watchers: readonly Watcher[],
  now: number,
): Promise<StandingOf> {
  const callers = watchers.map(({ caller }) => caller);
  const [members, sessions, keys] = await Promise.all([
    store.memberships(watchers.map(({ orgId, principalId }) => [orgId, principalId])),
    store.sessions(callers.flatMap((caller) => (caller.kind === "person" ? [caller.sessionId] : []))),
    store.keys(
      callers.flatMap((caller) => (caller.kind === "service" ? [[caller.orgId, caller.keyId] as const] : [])),
      now,
    ),
  ]);
  const memberships = new Map(members.map((found) => [keyOf(found.orgId, found.principalId), found]));
  return (watcher) =>
    endOfCaller(watcher, sessions, keys, now) ??
    standing(watcher, memberships.get(keyOf(watcher.orgId, watcher.principalId)));
}

function endOfCaller(
  { caller }: Watcher,
  sessions: ReadonlyMap<SessionId, SessionState>,
  keys: ReadonlySet<ApiKeyId>,
  now: number,
): End | null {
  switch (caller.kind) {
    case "person": {
      const session = sessions.get(caller.sessionId);
      return session?.isPassed && !isOver(session, now) ? null : ends.session;
    }
    case "service":
      return keys.has(caller.keyId) ? null : ends.key;
    case "operator":
      return ends.member;
  }
}

function standing({ caller }: Watcher, membership: Membership | undefined): Member | End {
  if (!membership) return ends.member;
  if (membership.archivedAt !== null) return ends.archived;
  const member = memberOf(caller, membership);
  return may(member, "organisation.read").kind === "allowed" ? member : ends.member;
}
