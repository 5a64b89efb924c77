import { z } from "zod";

/** UUIDv7 in lower case, as `runtime` makes them; rising with time. */
const uuid = () => z.uuid().toLowerCase();

export const OrgId = uuid().brand<"OrgId">();
export type OrgId = z.infer<typeof OrgId>;

/** A person who can sign in; one account, any number of organisations. */
export const AccountId = uuid().brand<"AccountId">();
export type AccountId = z.infer<typeof AccountId>;

export const SessionId = uuid().brand<"SessionId">();
export type SessionId = z.infer<typeof SessionId>;

export const InvitationId = uuid().brand<"InvitationId">();
export type InvitationId = z.infer<typeof InvitationId>;

/** A program that is a member of one organisation. */
export const ServiceAccountId = uuid().brand<"ServiceAccountId">();
export type ServiceAccountId = z.infer<typeof ServiceAccountId>;

export const ApiKeyId = uuid().brand<"ApiKeyId">();
export type ApiKeyId = z.infer<typeof ApiKeyId>;

export const FolderId = uuid().brand<"FolderId">();
export type FolderId = z.infer<typeof FolderId>;

/** A host with AXIS Camera Station Pro, as one organisation knows it. */
export const ServerId = uuid().brand<"ServerId">();
export type ServerId = z.infer<typeof ServerId>;

/** Something at a server that people are told of. */
export const AlertId = uuid().brand<"AlertId">();
export type AlertId = z.infer<typeof AlertId>;

export const AgentId = uuid().brand<"AgentId">();
export type AgentId = z.infer<typeof AgentId>;

export const DeviceId = uuid().brand<"DeviceId">();
export type DeviceId = z.infer<typeof DeviceId>;

export const UpgradeId = uuid().brand<"UpgradeId">();
export type UpgradeId = z.infer<typeof UpgradeId>;

/** One device's part of an upgrade, on the hub; keeps its id through every attempt. */
export const TaskId = uuid().brand<"TaskId">();
export type TaskId = z.infer<typeof TaskId>;

/** One attempt at a task, on the agent: the first 32 hex digits of SHA-256 over task id and epoch (upgrades.md 5.1). */
export const JobId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<"JobId">();
export type JobId = z.infer<typeof JobId>;

export const SyncId = uuid().brand<"SyncId">();
export type SyncId = z.infer<typeof SyncId>;

/** New at each start of an agent process. */
export const BootId = uuid().brand<"BootId">();
export type BootId = z.infer<typeof BootId>;

export const CommandId = uuid().brand<"CommandId">();
export type CommandId = z.infer<typeof CommandId>;

/** SHA-256 in lower case hex. An image's digest is its identity and its name in every store. */
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<"Digest">();
export type Digest = z.infer<typeof Digest>;

/** A device's serial: its MAC address, upper case, no separators (vapix.md 2.1). */
export const Serial = z
  .string()
  .regex(/^[0-9A-F]{12}$/, "expected 12 hexadecimal digits, e.g. ACCC8E012345")
  .brand<"Serial">();
export type Serial = z.infer<typeof Serial>;
