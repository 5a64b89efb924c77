import type { AccountId, FolderGrant, OrgId, OrgSettings, Role, ServiceAccountId } from "@fyr/protocol";

/** Who can be a member: a person's account, or a program's. */
export type PrincipalId = AccountId | ServiceAccountId;

/** Everything that decides what a member may do, as it is at this moment. */
export interface Membership {
  readonly orgId: OrgId;
  readonly principalId: PrincipalId;
  readonly kind: "person" | "service";
  readonly role: Role;
  readonly owner: boolean;
  readonly grants: readonly FolderGrant[];
  readonly settings: OrgSettings;
  /** When the organisation was archived; null while it lives. */
  readonly archivedAt: number | null;
}

export interface AccessStore {
  /** Null for whoever is no member, and for an organisation that does not exist. Asked for every request. */
  membership(orgId: OrgId, principalId: PrincipalId): Promise<Membership | null>;
  /** When the organisation was archived, for somebody who was a member once; null for everybody else. */
  archivedFor(orgId: OrgId, principalId: PrincipalId): Promise<number | null>;
  /** All members whose access depends on folders: everybody but the admins, by id. */
  scoped(orgId: OrgId): Promise<Membership[]>;
  /** What people are called; who has no name is left out. */
  names(principals: readonly PrincipalId[]): Promise<ReadonlyMap<PrincipalId, string>>;
}
