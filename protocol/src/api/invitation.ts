import { z } from "zod";
import { Role } from "../access/roles.ts";
import { AccountId, FolderId, InvitationId, OrgId } from "../ids.ts";
import { EmailAddress, Label, Timestamp } from "../scalars.ts";
import { LANGUAGES, TimeZone } from "./account.ts";

/** Invitations into an organisation in the public API. */

/** The role that is meant for somebody, and the folders where it shall hold. */
const Meant = { role: Role, folderIds: z.array(FolderId).max(2_000) };

/** Operators and viewers are told their folders at once; admins reach all. */
const isWhole = ({ role, folderIds }: { role: Role; folderIds: readonly string[] }): boolean =>
  (role === "admin") === (folderIds.length === 0);
const WHOLE = { path: ["folderIds"], error: "folders are for operators and viewers, who need at least one" };

/** Several people at once, with the same role and folders. */
export const NewInvitations = z
  .strictObject({
    /** As they were typed or pasted: each is judged by itself. */
    emails: z.array(z.string().max(320)).min(1).max(100),
    ...Meant,
    /** Of the letter, for people without an account; the inviter's own when left out. */
    language: z.enum(LANGUAGES).optional(),
  })
  .refine(isWhole, WHOLE)
  .meta({ id: "NewInvitations" });
export type NewInvitations = z.infer<typeof NewInvitations>;

/** One that can still be accepted, or could be sent again. */
export const Invitation = z
  .strictObject({
    id: InvitationId,
    email: EmailAddress,
    ...Meant,
    /** `expired`: its time is over; sending it again gives it new time. */
    state: z.enum(["pending", "expired"]),
    /** Whoever invited, also after they left. */
    invitedBy: AccountId,
    createdAt: Timestamp,
    sentAt: Timestamp,
    until: Timestamp,
    version: z.int().positive(),
  })
  .meta({ id: "Invitation" });
export type Invitation = z.infer<typeof Invitation>;

/** What became of each address; `resent` had an invitation, which has a new link, role and folders now. */
export const InvitationsMade = z
  .strictObject({
    items: z.array(
      z.strictObject({
        /** As it was typed. */
        email: z.string(),
        result: z.enum(["invited", "resent", "already_member", "invalid_address", "repeated", "too_many"]),
        invitation: Invitation.nullable(),
      }),
    ),
  })
  .meta({ id: "InvitationsMade" });
export type InvitationsMade = z.infer<typeof InvitationsMade>;

export const InvitationChange = z.strictObject(Meant).refine(isWhole, WHOLE).meta({ id: "InvitationChange" });
export type InvitationChange = z.infer<typeof InvitationChange>;

/** What the letter's link carries. Sent in a body, so that it stands in no log. */
export const InvitationToken = z.strictObject({ token: z.string().max(200) }).meta({ id: "InvitationToken" });

/** What the holder of a valid link is told before anything else. */
export const InvitationView = z
  .strictObject({
    organisation: Label,
    /** Null when the inviter's account is gone. */
    inviter: Label.nullable(),
    email: EmailAddress,
    role: Role,
    until: Timestamp,
  })
  .meta({ id: "InvitationView" });
export type InvitationView = z.infer<typeof InvitationView>;

/** What one has in the organisation from here on, and what an admin still has to confirm (C-02). */
export const InvitationAccepted = z
  .strictObject({ orgId: OrgId, role: Role, pendingRole: Role.nullable() })
  .meta({ id: "InvitationAccepted" });
export type InvitationAccepted = z.infer<typeof InvitationAccepted>;

/** A new person: the address is the invited one, and the letter's token proves it. */
export const InvitationRegistration = z
  .strictObject({
    token: z.string().max(200),
    password: z.string().min(1).max(1_024),
    name: Label,
    language: z.enum(LANGUAGES).default("en"),
    timeZone: TimeZone.default("UTC"),
  })
  .meta({ id: "InvitationRegistration" });
export type InvitationRegistration = z.infer<typeof InvitationRegistration>;
