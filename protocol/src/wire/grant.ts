import { z } from "zod";
import { Digest, Serial, TaskId } from "../ids.ts";
import { AxisVersion, Bytes, Timestamp } from "../scalars.ts";
import { ServerUid } from "./server.ts";

/** An interval of UTC in which an upgrade may start. */
export const Window = z.strictObject({ opensAt: Timestamp, closesAt: Timestamp });
export type Window = z.infer<typeof Window>;

/**
 * What the hub orders an agent to do with one device. It names an image but states no image fact of its own: those
 * stand in the publishers' signed metadata (security.md 8).
 */
export const Order = z
  .strictObject({
    taskId: TaskId,
    epoch: z.int().positive(),
    serial: Serial,
    digest: Digest,
    /** Which attempt at the task this is, from 1. */
    attempt: z.int().positive(),
    /** True when an earlier grant may have touched the device: look before anything else. */
    lookFirst: z.boolean(),
    /** Empty: any time. */
    windows: z.array(Window).max(500),
    /** After this the job may not start any more. */
    deadline: Timestamp,
    /** Whether an upgrade goes on when the device's settings cannot be saved first. */
    backup: z.enum(["required", "wanted"]),
  })
  .meta({ id: "Order" });
export type Order = z.infer<typeof Order>;

/**
 * What the hub orders the agent on a server's host to do. Given only while its window is open, because what an agent
 * claimed is never withdrawn (upgrades.md 5.7). The backup before it is mandatory, so nothing says so.
 */
export const ServerOrder = z
  .strictObject({
    kind: z.literal("server"),
    taskId: TaskId,
    epoch: z.int().positive(),
    uid: ServerUid,
    digest: Digest,
    attempt: z.int().positive(),
    /** True when an earlier grant may have started an installer: look before anything else. */
    lookFirst: z.boolean(),
    /** In which the installer may start; empty: any time. A job that misses them is given back. */
    windows: z.array(Window).max(500),
    deadline: Timestamp,
  })
  .meta({ id: "ServerOrder" });
export type ServerOrder = z.infer<typeof ServerOrder>;

/** A document with detached Ed25519 signatures over its canonical JSON (TUF's form). */
export const SignedDocument = z.strictObject({
  signed: z.record(z.string(), z.unknown()),
  signatures: z
    .array(z.strictObject({ keyid: z.string().regex(/^[0-9a-f]{64}$/), sig: z.string().max(200) }))
    .max(8),
});
export type SignedDocument = z.infer<typeof SignedDocument>;

/** The claims around an order (design.md D7): for one agent, numbered, expiring. */
export const OrderClaims = z.strictObject({
  agentId: z.string(),
  /** Rises with each order to this agent, so that an old one cannot be replayed. */
  sequence: z.int().positive(),
  expiresMs: Timestamp,
  body: Order,
});
export type OrderClaims = z.infer<typeof OrderClaims>;

export const ServerOrderClaims = OrderClaims.extend({ body: ServerOrder });
export type ServerOrderClaims = z.infer<typeof ServerOrderClaims>;

export const Grant = z
  .strictObject({
    /** What the order is about. Missing: a device. */
    kind: z.literal("server").optional(),
    /** An `OrderClaims` or `ServerOrderClaims` document signed by the hub's order key. */
    order: SignedDocument,
    /** For showing only, before the order is verified. */
    taskId: TaskId,
    epoch: z.int().positive(),
    targetVersion: AxisVersion,
    sizeBytes: Bytes,
  })
  .meta({ id: "Grant" });
export type Grant = z.infer<typeof Grant>;
