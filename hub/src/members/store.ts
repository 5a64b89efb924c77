import type {
  AccountId,
  EmailAddress,
  FactorMethod,
  FolderGrant,
  FolderId,
  Language,
  OrgId,
  Role,
} from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { PageWish } from "../ports.ts";
import type { TreeFolder } from "./difference.ts";
import type { Owner } from "./owners.ts";

/** Someone's membership in an organisation. */
export interface MemberRecord {
  readonly orgId: OrgId;
  readonly principalId: PrincipalId;
  readonly kind: "person" | "service";
  readonly role: Role;
  readonly owner: boolean;
  /** Counts as an owner only while this holds; a service account that is disabled is not active. */
  readonly active: boolean;
  /** The higher role that an invitation named and no admin has confirmed yet (C-02). */
  readonly pending: Role | null;
  readonly invitedBy: string | null;
  readonly joinedAt: number;
  readonly version: number;
}

export interface HeldMember extends MemberRecord {
  readonly grants: readonly FolderGrant[];
}

/** A member who is a person, with what the list of members shows of the account. */
export interface PersonMember extends HeldMember {
  readonly accountId: AccountId;
  readonly name: string;
  readonly email: EmailAddress;
  readonly factorMethod: FactorMethod | null;
  readonly signedInAt: number | null;
}

export interface MemberStore {
  insert(member: MemberRecord, grants: readonly FolderGrant[]): Promise<void>;
  find(orgId: OrgId, principalId: PrincipalId): Promise<HeldMember | null>;
  person(orgId: OrgId, accountId: AccountId): Promise<PersonMember | null>;
  /** People by id, one more than wished when there are more. */
  page(orgId: OrgId, wish: PageWish): Promise<PersonMember[]>;
  owners(orgId: OrgId): Promise<Owner[]>;
  /** Where letters to the admins of an organisation go. */
  admins(orgId: OrgId): Promise<{ email: EmailAddress; language: Language }[]>;
  /** Writes role, mark, activity, pending role and grants; the version rises by one. */
  save(member: HeldMember, at: number): Promise<void>;
  /** @returns false when there was none */
  remove(orgId: OrgId, principalId: PrincipalId): Promise<boolean>;
  /** Every folder of the organisation, with the devices right in it. */
  tree(orgId: OrgId): Promise<TreeFolder[]>;
  /** Those of the folders that exist. */
  existing(orgId: OrgId, folderIds: readonly FolderId[]): Promise<FolderId[]>;
}
