import { z } from "zod";
import { DeviceId, OrgId } from "../ids.ts";
import { Label, Timestamp } from "../scalars.ts";
import { PageQuery } from "./v1.ts";

/** A date without time and zone, in UTC. */
const Day = z.iso.date();
const ProductCode = z.string().regex(/^[A-Z0-9]{1,20}$/);
const TypeCode = z.string().regex(/^[A-Z0-9-]{1,40}$/);
const Amount = z.int().min(1).max(1_000_000);
const Amounts = z
  .record(TypeCode, Amount)
  .refine((items) => Object.keys(items).length > 0, "expected at least one");
const Count = z.record(TypeCode, z.int().nonnegative());
const Kind = z.enum(["subscription", "extension", "upgrade", "preloaded"]);
const Ticks = z.int();
const HardwareId = z.string().regex(/^[0-9A-Za-z._-]{1,80}$/);
const Preview = z.boolean().default(false);

/** One side of a movement of licences; 133 590 ticks are one licence. */
const Posting = z.strictObject({
  account: z.string(),
  commodity: z.string(),
  ticks: Ticks,
  lot: z.string().nullable(),
});

/** A record of the ledger: what moved, when, by whom, and why so much. */
export const LicenceRecord = z
  .strictObject({
    /** Its number in the organisation's ledger; null in a preview, which posts nothing. */
    seq: z.int().positive().nullable(),
    id: z.string(),
    type: z.string(),
    on: Day,
    at: Timestamp,
    actor: z.string(),
    product: z.string().nullable(),
    year: z.int().nullable(),
    postings: z.array(Posting),
    allocation: z.string().nullable(),
    /** How a compensation was reckoned. */
    arithmetic: z.string().nullable(),
    transfer: z.strictObject({ number: z.string(), with: z.string() }).nullable(),
    reason: z.string().nullable(),
    hash: z.string().nullable(),
  })
  .meta({ id: "LicenceRecord" });
export type LicenceRecord = z.infer<typeof LicenceRecord>;

/** Named before and after every click, since what is moved cannot be moved back everywhere (L-04, C-01). */
const Whose = z.strictObject({ id: OrgId, name: Label });

/** What a command moved, or would move. */
export const LicenceChange = z
  .strictObject({
    preview: z.boolean(),
    organisation: Whose,
    records: z.array(LicenceRecord),
    arithmetic: z.array(z.string()),
    /** The wallet before and after, in ticks. */
    wallet: z.array(z.strictObject({ commodity: z.string(), before: Ticks, after: Ticks })),
  })
  .meta({ id: "LicenceChange" });
export type LicenceChange = z.infer<typeof LicenceChange>;

const Lot = z.strictObject({
  id: z.string(),
  place: z.enum(["wallet", "locked"]),
  ticks: Ticks,
  creditedOn: Day,
  /** The last day on which it can be used. */
  lastDay: Day,
  origin: z.enum(["key", "transfer", "compensation", "upgrade"]),
  keyHint: z.string().nullable(),
  termYears: z.int().nullable(),
});

/** What a wallet holds of one commodity; the account's postings sum to the figure. */
export const LicenceStock = z
  .strictObject({
    product: z.string(),
    type: z.string(),
    kind: Kind,
    commodity: z.string(),
    available: z.int().nonnegative(),
    /** Ticks beside the whole licences. */
    fraction: z.int().nonnegative(),
    locked: z.int().nonnegative(),
    expiringSoon: z.int().nonnegative(),
    accounts: z.strictObject({ available: z.string(), locked: z.string() }),
    lots: z.array(Lot),
  })
  .meta({ id: "LicenceStock" });
export type LicenceStock = z.infer<typeof LicenceStock>;

const YearSpan = z.strictObject({ index: z.int(), start: Day, lastDay: Day, days: z.int() });

/** Where a product's licences stand in an organisation, today. */
export const ProductLicences = z
  .strictObject({
    product: z.string(),
    name: z.strictObject({ en: z.string(), fr: z.string() }),
    types: z.array(z.string()),
    registered: z.boolean(),
    startedOn: Day.nullable(),
    state: z.enum(["not_started", "trial", "grace", "licensed", "partial", "unlicensed"]),
    year: YearSpan.nullable(),
    /** The last day of the state, when it ends by itself. */
    lastDay: Day.nullable(),
    daysLeft: z.int().nullable(),
    seats: Count,
    need: Count,
    missing: Count,
    inUse: Count,
    covered: Count,
    growth: z.strictObject({ since: Day, raisedOn: Day, minimum: Count, recommended: Count }).nullable(),
    stock: z.array(LicenceStock),
    /** Where its licences are explained, and how many sellers are known: what the hub's operator supplied. */
    guide: z.strictObject({ en: z.string(), fr: z.string() }).nullable(),
    sellers: z.int().nonnegative(),
  })
  .meta({ id: "ProductLicences" });
export type ProductLicences = z.infer<typeof ProductLicences>;

/** A year that is filled or can be. */
export const LicenceYear = z
  .strictObject({
    ...YearSpan.shape,
    current: z.boolean(),
    need: Count,
    seats: Count,
    missing: Count,
    filled: z.boolean(),
    /** The years before it are filled, so it may be. */
    open: z.boolean(),
    account: z.string(),
    ticks: Count,
    allocations: z.array(z.strictObject({ id: z.string(), on: Day, seats: Count, credited: Ticks })),
  })
  .meta({ id: "LicenceYear" });
export type LicenceYear = z.infer<typeof LicenceYear>;

/** A system that is registered for its licences. */
export const LicensedSystem = z
  .strictObject({
    id: z.string(),
    product: z.string(),
    name: Label,
    connectivity: z.enum(["online", "offline"]),
    licensing: z.enum(["subscription", "hardware"]),
    hardware: z.string().nullable(),
    inUse: Count,
    /** Of hardware: what it carries and what was added, and what is lacking. */
    capacity: Count.nullable(),
    shortage: Count,
    registeredAt: Timestamp,
    reportedAt: Timestamp,
    /** Not heard of for a year: the counts may be out of date. */
    outOfDate: z.boolean(),
    fileLastDay: Day.nullable(),
  })
  .meta({ id: "LicensedSystem" });
export type LicensedSystem = z.infer<typeof LicensedSystem>;

export const ProductQuery = z.strictObject({ product: ProductCode });

export const StartSubscription = z
  .strictObject({ product: ProductCode, preview: z.boolean().optional() })
  .meta({ id: "StartSubscription" });

export const RedeemKey = z
  .strictObject({ key: z.string().min(1).max(100), preview: Preview })
  .meta({ id: "RedeemKey" });

export const AllocateLicences = z
  .strictObject({
    product: ProductCode,
    years: z
      .array(z.strictObject({ index: z.int().min(0).max(1_000), items: Amounts }))
      .min(1)
      .max(20),
    preview: Preview,
  })
  .meta({ id: "AllocateLicences" });

export const ReleaseLicences = z
  .strictObject({ allocation: z.uuid(), preview: Preview })
  .meta({ id: "ReleaseLicences" });

export const TransferLicences = z
  .strictObject({
    to: OrgId,
    lines: z
      .array(z.strictObject({ product: ProductCode, type: TypeCode, kind: Kind, qty: Amount }))
      .min(1)
      .max(50),
  })
  .meta({ id: "TransferLicences" });

export const ExtendSystem = z
  .strictObject({ systemId: z.uuid(), items: Amounts, preview: Preview })
  .meta({ id: "ExtendSystem" });

export const ApplyUpgrade = z
  .strictObject({ product: ProductCode, type: TypeCode, qty: Amount, preview: Preview })
  .meta({ id: "ApplyUpgrade" });

/** A system without a network is told to the hub by the file that it wrote. */
export const UploadSystemFile = z
  .strictObject({ file: z.string().min(1).max(1_000_000), preview: Preview })
  .meta({ id: "UploadSystemFile" });

/** Hardware that was sold with licences, registered by the code that is printed on it. */
export const RegisterHardware = z
  .strictObject({ hardware: HardwareId, name: Label, preview: z.boolean().optional() })
  .meta({ id: "RegisterHardware" });

/** What the hardware carries, and for whom it is active. */
export const HardwareRegistration = z
  .strictObject({ preview: z.boolean(), organisation: Whose, system: LicensedSystem })
  .meta({ id: "HardwareRegistration" });
export type HardwareRegistration = z.infer<typeof HardwareRegistration>;

export const RemoveSystem = z.strictObject({ systemId: z.uuid() }).meta({ id: "RemoveSystem" });

/** Until its licence file ends, or it gives that up, a removed system can be registered nowhere else. */
export const SystemRemoval = z
  .strictObject({ removed: z.uuid(), boundUntil: Day.nullable() })
  .meta({ id: "SystemRemoval" });
export type SystemRemoval = z.infer<typeof SystemRemoval>;

/** What a file says, where it would go, and what it would change. */
export const SystemUpload = z
  .strictObject({
    preview: z.boolean(),
    /** The system gave its licences up, to move to another organisation; left out by hubs that knew no such file. */
    deactivates: z.boolean().optional(),
    organisation: Whose,
    system: LicensedSystem,
    needBefore: Count,
    needAfter: Count,
  })
  .meta({ id: "SystemUpload" });
export type SystemUpload = z.infer<typeof SystemUpload>;

export const LicenceHistoryQuery = PageQuery.extend({
  product: ProductCode.optional(),
  type: z.string().max(40).optional(),
  actor: z.string().max(200).optional(),
  from: Day.optional(),
  to: Day.optional(),
});

export const PostingsQuery = PageQuery.extend({
  account: z.string().min(1).max(200),
  commodity: z.string().min(1).max(100),
});

/** A posting with the record it is part of: the sum of all is the figure that was asked about. */
export const LicencePosting = z
  .strictObject({ ...Posting.shape, seq: z.int().positive(), line: z.int().nonnegative() })
  .meta({ id: "LicencePosting" });
export type LicencePosting = z.infer<typeof LicencePosting>;

/** Devices of a product that are covered, and those that are not. */
export const LicenceCover = z
  .strictObject({ product: z.string(), covered: Count, inUse: Count, uncovered: z.array(z.string()) })
  .meta({ id: "LicenceCover" });
export type LicenceCover = z.infer<typeof LicenceCover>;

/** Whether a licence covers one device (access.md row 54). */
export const DeviceCover = z
  .strictObject({ deviceId: DeviceId, product: z.string(), covered: z.boolean() })
  .meta({ id: "DeviceCover" });
export type DeviceCover = z.infer<typeof DeviceCover>;

/** Something that an organisation's admins are told of, by mail and here, as long as it lasts. */
export const LicenceNotice = z
  .strictObject({
    id: z.string(),
    kind: z.enum(["lotExpires", "trialEnds", "graceEnds", "yearEnds", "coverEnded", "growth", "fileEnds"]),
    product: z.string(),
    /** The last usable day of what ends or ended; for growth the day of the flag. */
    day: Day,
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .meta({ id: "LicenceNotice" });
export type LicenceNotice = z.infer<typeof LicenceNotice>;

export const ChooseUncovered = z
  .strictObject({ product: ProductCode, devices: z.array(z.uuid()).max(20_000) })
  .meta({ id: "ChooseUncovered" });

/** Keys for sale, made by the hub's operator. */
export const IssueKeys = z
  .strictObject({
    kind: z.enum(["subscription", "extension", "upgrade"]),
    product: ProductCode,
    items: z
      .array(z.strictObject({ type: TypeCode, qty: Amount, termYears: z.int().min(1).max(5).default(1) }))
      .min(1)
      .max(20),
    count: z.int().min(1).max(10_000).default(1),
    batch: z.string().regex(/^[0-9A-Za-z._-]{1,60}$/),
  })
  .meta({ id: "IssueKeys" });

/** The keys, once: the hub keeps a hash of each. */
export const IssuedKeys = z
  .strictObject({ batch: z.string(), keys: z.array(z.string()) })
  .meta({ id: "IssuedKeys" });
export type IssuedKeys = z.infer<typeof IssuedKeys>;

const Reason = z.string().trim().min(1).max(500);

export const VoidKey = z
  .strictObject({ key: z.string().min(1).max(100), reason: Reason })
  .meta({ id: "VoidKey" });

export const AnnounceHardware = z
  .strictObject({ hardware: HardwareId, product: ProductCode, items: Amounts })
  .meta({ id: "AnnounceHardware" });

export const ReplaceHardware = z
  .strictObject({ orgId: OrgId, from: HardwareId, to: HardwareId, reason: Reason })
  .meta({ id: "ReplaceHardware" });

export const SetAnchor = z
  .strictObject({ orgId: OrgId, anchor: Day, reason: Reason })
  .meta({ id: "SetAnchor" });

/** An organisation with more devices than its seats allow for. */
export const GrowthReport = z
  .strictObject({
    orgId: OrgId,
    product: z.string(),
    since: Day,
    raisedOn: Day,
    seats: Count,
    inUse: Count,
    minimum: Count,
  })
  .meta({ id: "GrowthReport" });
export type GrowthReport = z.infer<typeof GrowthReport>;

/** First line of a signed export of the licence history; each following line is a `LicenceRecord`, oldest first. */
export const LicenceExportHeader = z
  .strictObject({
    format: z.literal("fyr-licences/1"),
    orgId: OrgId,
    exportedAt: Timestamp,
    head: z.strictObject({ seq: z.int().nonnegative(), hash: z.string() }),
    keyid: z.string(),
  })
  .meta({ id: "LicenceExportHeader" });
export type LicenceExportHeader = z.infer<typeof LicenceExportHeader>;
