import { z } from "zod";
import { OrgId } from "../ids.ts";
import { Timestamp } from "../scalars.ts";
import { PageQuery } from "./v1.ts";

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Time = z.coerce.number().pipe(Timestamp);

const FILTER = {
  actor: z.string().min(1).max(200).optional(),
  /** How the action begins: `task.` finds everything that was done to tasks. */
  action: z
    .string()
    .regex(/^[a-z0-9_.-]{1,100}$/i, "expected the beginning of an action, e.g. task.")
    .optional(),
  object: z.string().min(1).max(200).optional(),
  /** At or after, and before, in milliseconds. */
  from: Time.optional(),
  to: Time.optional(),
};

export const AuditQuery = PageQuery.extend({
  ...FILTER,
  order: z.enum(["newest", "oldest"]).default("newest"),
});

export const AuditExportQuery = z.strictObject({
  ...FILTER,
  format: z.enum(["csv", "json"]).default("json"),
});

/** The end of a chain of entries, or of what was seen of it. */
export const ChainHead = z.strictObject({ seq: z.int().nonnegative(), hash: Hash });

/**
 * First line of a signed export of the audit. Each following line is an `AuditEntry`, oldest first; the last is a
 * document that the hub signed over all lines before it.
 */
export const AuditExportHeader = z
  .strictObject({
    format: z.literal("fyr-audit/1"),
    orgId: OrgId,
    exportedAt: Timestamp,
    /** Where the organisation's chain ended then, whatever part of it follows. */
    head: ChainHead,
    /** What the entries were chosen by; without any of it the whole chain follows. */
    filter: z.strictObject({
      actor: z.string().optional(),
      action: z.string().optional(),
      object: z.string().optional(),
      from: Timestamp.optional(),
      to: Timestamp.optional(),
    }),
    /** Set when whoever exported may see nobody else's entries. */
    onlyActor: z.string().nullable(),
    keyid: Hash,
  })
  .meta({ id: "AuditExportHeader" });
export type AuditExportHeader = z.infer<typeof AuditExportHeader>;

/** What the hub signs at the end of an export. */
export const ExportSeal = z.strictObject({
  _type: z.literal("fyr-export"),
  format: z.string(),
  /** Lines before this one, the header among them. */
  lines: z.int().positive(),
  /** SHA-256 over the bytes of those lines, line ends and all. */
  sha256: Hash,
});
export type ExportSeal = z.infer<typeof ExportSeal>;

/** A public key of the hub, by which others check what it signed. */
export const HubKey = z
  .strictObject({
    /** `exports`: signs what leaves the hub as a record; `licences`: signs licence files of systems without a network. */
    use: z.enum(["exports", "licences"]),
    keyid: Hash,
    /** SPKI in PEM. */
    publicKey: z.string().max(400),
  })
  .meta({ id: "HubKey" });
export type HubKey = z.infer<typeof HubKey>;
