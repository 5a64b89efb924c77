import type { ApiKeyId, FolderId, LiveNotice, OrgId, SessionId } from "@fyr/protocol";
import type { Membership, PrincipalId } from "../access/store.ts";

/** What decides whether a session still counts. */
export interface SessionState {
  readonly isPassed: boolean;
  readonly seenAt: number;
  readonly until: number;
}

/** The questions of all live streams together: few queries, however many streams there are. */
export interface LiveStore {
  /** The ends of these organisations' audits; 0 where nothing was written. */
  heads(orgs: readonly OrgId[]): Promise<ReadonlyMap<OrgId, number>>;
  /** What was written after a sequence number, oldest first. */
  notices(orgId: OrgId, after: number, limit: number): Promise<LiveNotice[]>;
  /** By id of the thing, every place that it has: a folder and those above it. What lies nowhere is left out. */
  paths(
    orgId: OrgId,
    things: readonly Pick<LiveNotice, "kind" | "object">[],
  ): Promise<ReadonlyMap<string, readonly (readonly FolderId[])[]>>;
  /** Those that there are. */
  memberships(who: readonly (readonly [OrgId, PrincipalId])[]): Promise<Membership[]>;
  sessions(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, SessionState>>;
  /** Those keys that count at this moment. */
  keys(ids: readonly (readonly [OrgId, ApiKeyId])[], now: number): Promise<ReadonlySet<ApiKeyId>>;
}
