import { z } from "zod";
import { AgentId, DeviceId, Digest, FolderId, Serial, ServerId, TaskId } from "../ids.ts";
import { AxisVersion, Timestamp } from "../scalars.ts";
import { FaultCodeName } from "../wire/event.ts";
import { ServerFacts, ServerHealth } from "../wire/server.ts";

/**
 * How a server stands, for people. One that is being upgraded is neither offline nor at fault: `until` is when it is
 * expected back, null when nobody can tell; `attention` asks a person to look at it.
 */
export const ServerState = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("up") }),
  z.strictObject({ kind: z.literal("down") }),
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("offline"), since: Timestamp }),
  z.strictObject({ kind: z.literal("upgrading"), until: Timestamp.nullable(), attention: z.boolean() }),
]);
export type ServerState = z.infer<typeof ServerState>;

const { uid, product, machineId, name, version, edition, os, licensing, counts } = ServerFacts.shape;

/** A registered server as members see it; `unknown` is what its host cannot tell. */
export const Server = z
  .strictObject({
    id: ServerId,
    ...{ uid, product, machineId, name, version, edition, os, licensing, counts },
    agentId: AgentId,
    folderId: FolderId,
    /** Devices that it records. */
    deviceCount: z.union([z.int().nonnegative(), z.literal("unknown")]),
    state: ServerState,
    /** Why it cannot be managed here; null when it can. */
    trouble: FaultCodeName.nullable(),
    /** The newest published package that it may take from where it is; null when there is none. */
    recommended: z.strictObject({ digest: Digest, version: AxisVersion }).nullable(),
    activeTaskId: TaskId.nullable(),
    registeredAt: Timestamp,
    /** When its agent last told of it, and was last heard of at all. */
    reportedAt: Timestamp,
    lastSeenAt: Timestamp.nullable(),
  })
  .meta({ id: "Server" });
export type Server = z.infer<typeof Server>;

/** How a server was when its agent last told of it. */
export const ServerHealthView = z
  .strictObject({ serverId: ServerId, reportedAt: Timestamp, health: ServerHealth })
  .meta({ id: "ServerHealthView" });
export type ServerHealthView = z.infer<typeof ServerHealthView>;

/** A device that a server records; `deviceId` is null while no agent has found it. */
export const RecordedDevice = z
  .strictObject({ serial: Serial, deviceId: DeviceId.nullable() })
  .meta({ id: "RecordedDevice" });
export type RecordedDevice = z.infer<typeof RecordedDevice>;

export const ServerMove = z.strictObject({ folderId: FolderId }).meta({ id: "ServerMove" });
