import { z } from "zod";
import { FolderGrant, Role } from "../access/roles.ts";
import { AccountId, FolderId, OrgId } from "../ids.ts";
import { Label, Timestamp } from "../scalars.ts";

/** Members of an organisation in the public API: who they are, what they may reach, and how that is changed. */

/** Where one of a member's roles holds; admins reach everything and need none. */
const Grants = z.array(FolderGrant).max(2_000);

/** What only admins see of others (access.md 3.3, row 12), and everybody of themselves. */
export const MemberDetails = z
  .strictObject({
    grants: Grants,
    /** The higher role that an invitation named and no admin has confirmed yet (C-02). */
    pendingRole: Role.nullable(),
    /** Null for whoever has to choose a second factor anew. */
    factorMethod: z.enum(["totp", "email"]).nullable(),
    signedInAt: Timestamp.nullable(),
    joinedAt: Timestamp,
  })
  .meta({ id: "MemberDetails" });

/** A person in an organisation. */
export const OrgMember = z
  .strictObject({
    accountId: AccountId,
    name: Label,
    email: z.string(),
    /** The highest that the member has anywhere. */
    role: Role,
    owner: z.boolean(),
    /** Null for whoever may not see them. */
    details: MemberDetails.nullable(),
    version: z.int().positive(),
  })
  .meta({ id: "OrgMember" });
export type OrgMember = z.infer<typeof OrgMember>;

/** True: the caller knows that nobody but others can give back what this takes from the caller. */
const SelfConfirmed = z.boolean().default(false);

/** A role and where it holds, in one. */
export const MemberAccess = z
  .strictObject({
    role: Role,
    /** None for an admin; for the others each with its own role. */
    grants: Grants,
    selfConfirmed: SelfConfirmed,
  })
  .meta({ id: "MemberAccess" });
export type MemberAccess = z.infer<typeof MemberAccess>;

/** One folder in which a change of access changes something; the folders below that change alike are part of it. */
export const FolderChange = z
  .strictObject({
    folderId: FolderId,
    name: Label,
    /** Null where nothing could or can be seen. */
    before: Role.nullable(),
    after: Role.nullable(),
    /** Devices in it and in the folders below that change alike. */
    devices: z.int().nonnegative(),
  })
  .meta({ id: "FolderChange" });
export type FolderChange = z.infer<typeof FolderChange>;

/** What a change of access would do, before it is done. */
export const AccessPreview = z
  .strictObject({
    before: z.strictObject({ role: Role, owner: z.boolean(), devices: z.int().nonnegative() }),
    after: z.strictObject({ role: Role, owner: z.boolean(), devices: z.int().nonnegative() }),
    folders: z.array(FolderChange),
    /** Whether the caller takes something from itself that it cannot give back: `selfConfirmed` is needed. */
    ofSelf: z.boolean(),
  })
  .meta({ id: "AccessPreview" });
export type AccessPreview = z.infer<typeof AccessPreview>;

/** Whether the member is an owner from here on. An owner is an admin. */
export const OwnerMark = z
  .strictObject({ owner: z.boolean(), selfConfirmed: SelfConfirmed })
  .meta({ id: "OwnerMark" });
export type OwnerMark = z.infer<typeof OwnerMark>;

/** Makes another admin an owner in place of the caller, who may leave in the same moment. */
/** What somebody asks of the admins who met a page that is hidden, or not there: nobody says which. */
export const AccessRequest = z
  .strictObject({
    orgId: OrgId,
    /** The page, as the console names it. */
    page: z.string().trim().min(1).max(300),
  })
  .meta({ id: "AccessRequest" });
export type AccessRequest = z.infer<typeof AccessRequest>;

export const HandOver = z
  .strictObject({ to: AccountId, leave: z.boolean().default(false) })
  .meta({ id: "HandOver" });
export type HandOver = z.infer<typeof HandOver>;

export const MemberRemoval = z
  .strictObject({ accountIds: z.array(AccountId).min(1).max(500) })
  .meta({ id: "MemberRemoval" });

/** What became of each, one by one; oneself is left where one is. */
export const MembersRemoved = z
  .strictObject({
    items: z.array(
      z.strictObject({
        accountId: AccountId,
        result: z.enum(["removed", "not_found", "owner_only", "last_owner", "leave_instead"]),
      }),
    ),
  })
  .meta({ id: "MembersRemoved" });
export type MembersRemoved = z.infer<typeof MembersRemoved>;

/** Why somebody's second factor is taken away: stands in the audit log. */
export const FactorReset = z.strictObject({ reason: Label }).meta({ id: "FactorReset" });
