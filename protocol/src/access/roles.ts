import { z } from "zod";
import { LANGUAGES, TimeZone } from "../api/account.ts";
import { FolderId } from "../ids.ts";

/** What a member may do, from the least. An owner is an admin with a mark, not a role of its own (access.md 3.1). */
export const ROLES = ["viewer", "operator", "admin"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** A role as the permission table has columns, from the least. */
export const RANKS = [...ROLES, "owner"] as const;
export type Rank = (typeof RANKS)[number];

export const isAtLeast = (rank: Rank, least: Rank): boolean => RANKS.indexOf(rank) >= RANKS.indexOf(least);

/** The role that a member has in one folder and in everything below it. Admins need no grant. */
export const FolderGrant = z
  .strictObject({ folderId: FolderId, role: z.enum(["viewer", "operator"]) })
  .meta({ id: "FolderGrant" });
export type FolderGrant = z.infer<typeof FolderGrant>;

/** What an organisation decided about its roles. */
export const OrgSettings = z
  .strictObject({
    /** Opens upgrading, scheduling and restarting of devices to operators, in their folders (C-07). */
    operatorsMayUpgrade: z.boolean().default(false),
    /** Opens the export of recordings to operators, in their folders. */
    operatorsMayExport: z.boolean().default(false),
    /** Whether an invitation's higher role waits for an admin (C-02); `direct` gives Operator at once. */
    inviteElevation: z.enum(["confirm", "direct"]).default("confirm"),
    /** Days for which an invitation can be accepted. */
    invitationDays: z.int().min(1).max(30).default(7),
    /** In which times are shown and told where a member chose none. */
    timeZone: TimeZone.default("UTC"),
    /** In which the organisation writes where it knows no member's choice. */
    language: z.enum(LANGUAGES).default("en"),
  })
  .meta({ id: "OrgSettings" });
export type OrgSettings = z.infer<typeof OrgSettings>;

export const DEFAULT_SETTINGS: OrgSettings = OrgSettings.parse({});
