import { z } from "zod";
import { OrgSettings } from "../access/roles.ts";
import { OrgId } from "../ids.ts";
import { Label, Timestamp } from "../scalars.ts";
import { LANGUAGES, TimeZone } from "./account.ts";
import { Notes, Organisation } from "./v1.ts";

const Count = z.int().nonnegative();
const HOUR_MS = 3_600_000;

/** Support looks in for so long at most (security.md B4-R1). */
export const SUPPORT_MAX_MS = 8 * HOUR_MS;

const named = (edit: object): boolean => Object.keys(edit).length > 0;
const NOTHING = "name what shall change";

/** One button saves name and notes. */
export const OrganisationEdit = z
  .strictObject({ name: Label.optional(), notes: Notes.optional() })
  .refine(named, NOTHING)
  .meta({ id: "OrganisationEdit" });
export type OrganisationEdit = z.infer<typeof OrganisationEdit>;

/** What an organisation decided for all its members, with the version that an edit names. */
export const OrganisationSettings = OrgSettings.extend({ version: z.int().positive() }).meta({
  id: "OrganisationSettings",
});
export type OrganisationSettings = z.infer<typeof OrganisationSettings>;

export const OrganisationSettingsEdit = z
  .strictObject({
    operatorsMayUpgrade: z.boolean().optional(),
    operatorsMayExport: z.boolean().optional(),
    timeZone: TimeZone.optional(),
    language: z.enum(LANGUAGES).optional(),
    /** Owners only, like the next. */
    inviteElevation: z.enum(["confirm", "direct"]).optional(),
    invitationDays: z.int().min(1).max(30).optional(),
  })
  .refine(named, NOTHING)
  .meta({ id: "OrganisationSettingsEdit" });
export type OrganisationSettingsEdit = z.infer<typeof OrganisationSettingsEdit>;

/** How much is in an organisation. */
const Holds = z.strictObject({
  devices: Count,
  agents: Count,
  /** Upgrades that have not ended. */
  tasks: Count,
  members: Count,
});
export type OrganisationHolds = z.infer<typeof Holds>;

/** Licences that are lost without a refund, in whole ones (L-82, R-167). */
export const LicenceLoss = z
  .strictObject({
    wallet: z.array(
      z.strictObject({
        ...{ product: z.string(), type: z.string(), kind: z.string() },
        ...{ available: Count, locked: Count },
      }),
    ),
    /** The running year and those that are paid ahead, each with what is allocated to it. */
    years: z.array(
      z.strictObject({
        ...{ product: z.string(), start: z.iso.date(), lastDay: z.iso.date(), current: z.boolean() },
        seats: z.record(z.string(), Count),
      }),
    ),
  })
  .meta({ id: "LicenceLoss" });
export type LicenceLoss = z.infer<typeof LicenceLoss>;

/** What nobody can use any more once the organisation is archived. */
export const ArchiveLoss = Holds.extend({
  /** Left out by hubs that did not tell it yet. */
  licences: LicenceLoss.optional(),
}).meta({ id: "ArchiveLoss" });
export type ArchiveLoss = z.infer<typeof ArchiveLoss>;

export const ARCHIVE_WARNINGS = ["REMOVE_DEVICES_FIRST", "LICENCES_LOST", "SAVE_THE_ID"] as const;

/** To be read before an organisation is archived. */
export const ArchivePreview = z
  .strictObject({
    id: OrgId,
    lost: ArchiveLoss,
    warnings: z.array(z.strictObject({ code: z.enum(ARCHIVE_WARNINGS), text: z.string() })),
  })
  .meta({ id: "ArchivePreview" });
export type ArchivePreview = z.infer<typeof ArchivePreview>;

export const ArchiveOrganisation = z
  .strictObject({
    /** The organisation's id, pasted. */
    id: OrgId,
    /** The ticked box. */
    riskUnderstood: z.literal(true),
  })
  .meta({ id: "ArchiveOrganisation" });
export type ArchiveOrganisation = z.infer<typeof ArchiveOrganisation>;

export const ArchivedOrganisation = z
  .strictObject({ organisation: Organisation, lost: ArchiveLoss })
  .meta({ id: "ArchivedOrganisation" });
export type ArchivedOrganisation = z.infer<typeof ArchivedOrganisation>;

/** Leave for the hub's operator to look in, for a while. */
export const SupportGrant = z
  .strictObject({
    id: z.uuid(),
    reason: Label,
    grantedBy: z.string(),
    grantedAt: Timestamp,
    until: Timestamp,
    endedAt: Timestamp.nullable(),
  })
  .meta({ id: "SupportGrant" });
export type SupportGrant = z.infer<typeof SupportGrant>;

export const NewSupportGrant = z
  .strictObject({ reason: Label, forMs: z.int().min(60_000).max(SUPPORT_MAX_MS) })
  .meta({ id: "NewSupportGrant" });
export type NewSupportGrant = z.infer<typeof NewSupportGrant>;
