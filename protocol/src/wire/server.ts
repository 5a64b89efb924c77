import { z } from "zod";
import { Serial } from "../ids.ts";
import { AxisVersion, Bytes, Label, Percent, Timestamp } from "../scalars.ts";

/** A fact that a host may be unable to tell. `unknown` is an answer, never a guess and never a zero. */
const maybe = <T extends z.ZodType>(schema: T) => z.union([schema, z.literal("unknown")]);

/** What runs there, in the words of the signed metadata: a package's `product` and a server's are the same word. */
export const ServerProduct = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/)
  .brand<"ServerProduct">();
export type ServerProduct = z.infer<typeof ServerProduct>;

export const ACS_PRO = "acs-pro-server" as ServerProduct;

export const MachineId = z
  .string()
  .regex(/^[0-9A-Za-z][0-9A-Za-z-]{7,63}$/)
  .brand<"MachineId">();
export type MachineId = z.infer<typeof MachineId>;

/** Who a server is for ever: product and machine id. Its address and its name are attributes (upgrades.md 5.1). */
export const ServerUid = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}:[0-9A-Za-z][0-9A-Za-z-]{7,63}$/)
  .brand<"ServerUid">();
export type ServerUid = z.infer<typeof ServerUid>;

export const serverUid = (product: ServerProduct, machineId: MachineId): ServerUid =>
  ServerUid.parse(`${product}:${machineId}`);

/** Devices that count for licensing, by licence type of the product's catalogue (`CORE`, `UNIVERSAL`). */
export const LicenceCounts = z.record(
  z.string().regex(/^[A-Z][A-Z0-9_-]{0,39}$/),
  z.int().nonnegative().max(1_000_000),
);
export type LicenceCounts = z.infer<typeof LicenceCounts>;

/** What a server is; changes rarely. */
export const ServerFacts = z.strictObject({
  uid: ServerUid,
  product: ServerProduct,
  machineId: MachineId,
  /** The host's name, for people. */
  name: Label,
  version: maybe(AxisVersion),
  edition: maybe(Label),
  os: z.strictObject({ family: z.enum(["windows", "linux", "other"]), version: maybe(Label) }),
  licensing: maybe(z.enum(["subscription", "hardware"])),
  counts: maybe(LicenceCounts),
  /** Devices that the server records: they belong to it, whoever finds them. */
  devices: maybe(z.array(Serial).max(5_000)),
});
export type ServerFacts = z.infer<typeof ServerFacts>;

export const Volume = z.strictObject({
  name: Label,
  use: z.enum(["system", "data", "recordings", "backup"]),
  totalBytes: maybe(Bytes),
  freeBytes: maybe(Bytes),
});
export type Volume = z.infer<typeof Volume>;

export const ServiceState = z.strictObject({
  name: Label,
  state: maybe(z.enum(["running", "starting", "stopped"])),
  /** Starts since the host booted, beyond the first. */
  restarts: maybe(z.int().nonnegative()),
});
export type ServiceState = z.infer<typeof ServiceState>;

/** How a server is; read again and again. */
export const ServerHealth = z.strictObject({
  at: Timestamp,
  cpuPercent: maybe(Percent),
  memory: maybe(z.strictObject({ totalBytes: Bytes, freeBytes: Bytes })),
  volumes: maybe(z.array(Volume).max(64)),
  /** Days of recordings that are wanted, and that there are. */
  retention: maybe(
    z.strictObject({ targetDays: z.number().nonnegative(), actualDays: z.number().nonnegative() }),
  ),
  services: maybe(z.array(ServiceState).max(32)),
  /** Holes in recordings of the last day; `from` and `to` on the server's clock. */
  recordingGaps: maybe(
    z.array(z.strictObject({ serial: maybe(Serial), from: Timestamp, to: Timestamp.nullable() })).max(200),
  ),
  /** When its own data was last backed up; null when never. */
  lastBackupAt: maybe(Timestamp.nullable()),
  exporting: maybe(z.boolean()),
  rebootPending: maybe(z.boolean()),
});
export type ServerHealth = z.infer<typeof ServerHealth>;

/**
 * Whether the server can be used. `upgrading` is no fault and not offline: `until` is when it is expected back, null
 * when nobody can tell; `attention` says that a person is asked to look while the installer goes on.
 */
export const ServerStanding = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("up") }),
  z.strictObject({ kind: z.literal("down") }),
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("upgrading"), until: Timestamp.nullable(), attention: z.boolean() }),
]);
export type ServerStanding = z.infer<typeof ServerStanding>;

/** One ACS Pro server as the agent on its host knows it: the first report registers it, later ones keep it current. */
export const ServerReport = z
  .strictObject({ facts: ServerFacts, health: ServerHealth, standing: ServerStanding })
  .meta({ id: "ServerReport" });
export type ServerReport = z.infer<typeof ServerReport>;
