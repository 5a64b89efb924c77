import type { FolderGrant, OrgId, Role } from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";

/** Someone's membership in an organisation. */
export interface MemberRecord {
  readonly orgId: OrgId;
  readonly principalId: PrincipalId;
  readonly kind: "person" | "service";
  readonly role: Role;
  readonly owner: boolean;
  /** Counts as an owner only while this holds. */
  readonly active: boolean;
  /** The higher role that an invitation named and no admin has confirmed yet (C-02). */
  readonly pending: Role | null;
  readonly invitedBy: string | null;
  readonly joinedAt: number;
  readonly version: number;
}

export interface MemberStore {
  insert(member: MemberRecord, grants: readonly FolderGrant[]): Promise<void>;
}
