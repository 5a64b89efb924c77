import { z } from "zod";
import { Role, ROLES } from "../access/roles.ts";
import { AgentId, DeviceId, FolderId, InvitationId } from "../ids.ts";
import { EmailAddress, Label, Timestamp } from "../scalars.ts";

/** Folders below the default folder nest this deep. */
export const FOLDER_DEPTH = 10;
/** Folders of one organisation, the default folder among them. */
export const FOLDERS_MAX = 2_000;
/** Devices that one command moves at most. */
export const MOVED_DEVICES_MAX = 1_000;

const Count = z.int().nonnegative();

export const Folder = z
  .strictObject({
    id: FolderId,
    /** Null for the default folder, and for a folder whose parent you cannot see: a root of your own tree. */
    parentId: FolderId.nullable(),
    name: Label,
    createdAt: Timestamp,
    version: z.int().positive(),
  })
  .meta({ id: "Folder" });
export type Folder = z.infer<typeof Folder>;

export const NewFolder = z
  .strictObject({
    name: Label,
    /** The default folder when left out. */
    parentId: FolderId.optional(),
  })
  .meta({ id: "NewFolder" });
export type NewFolder = z.infer<typeof NewFolder>;

export const FolderEdit = z.strictObject({ name: Label }).meta({ id: "FolderEdit" });

export const FolderMove = z.strictObject({ parentId: FolderId }).meta({ id: "FolderMove" });

/** What a move does to one member: the role before and after in what is moved, null where nothing can be seen. */
export const AccessChange = z
  .strictObject({
    memberId: z.uuid(),
    kind: z.enum(["person", "service"]),
    name: z.string().nullable(),
    before: z.enum(ROLES).nullable(),
    after: z.enum(ROLES).nullable(),
  })
  .meta({ id: "AccessChange" });
export type AccessChange = z.infer<typeof AccessChange>;

/** Who gains and who loses access by moving a folder, computed by the code that decides about access. */
export const AccessShift = z
  .strictObject({ gains: z.array(AccessChange), loses: z.array(AccessChange) })
  .meta({ id: "AccessShift" });
export type AccessShift = z.infer<typeof AccessShift>;

/**
 * A local application that synchronises with a folder: a video management system or a body worn system, under the name
 * of its server.
 */
export const FolderApplication = z
  .strictObject({
    kind: z.enum(["vms", "bodyworn"]),
    name: Label,
    /** The server. */
    holder: z.uuid(),
    seenAt: Timestamp,
  })
  .meta({ id: "FolderApplication" });
export type FolderApplication = z.infer<typeof FolderApplication>;

export const FOLDER_WARNINGS = ["DISCONNECT_APPLICATIONS", "MAY_SYNCHRONISE_AGAIN", "SUPPORT_ONLY"] as const;

/** What deleting a folder means, to be read before. */
export const FolderDeletion = z
  .strictObject({
    folder: Folder,
    /** What is still in it; it can be deleted when all are 0. */
    holds: z.strictObject({ folders: Count, devices: Count, servers: Count }),
    warnings: z.array(z.strictObject({ code: z.enum(FOLDER_WARNINGS), text: z.string() })),
    /** Agents whose new devices go here; they will go to the folder above. */
    agents: z.array(z.strictObject({ id: AgentId, name: Label })),
    applications: z.array(FolderApplication),
    /** Grants that end with the folder. */
    grants: z.array(
      z.strictObject({
        memberId: z.uuid(),
        name: z.string().nullable(),
        role: z.enum(["viewer", "operator"]),
      }),
    ),
    /**
     * Invitations that name the folder and were not accepted yet: they stay, without it. Told to whoever may
     * invite; left out by hubs that did not tell it yet.
     */
    invitations: z.array(z.strictObject({ id: InvitationId, email: EmailAddress, role: Role })).optional(),
  })
  .meta({ id: "FolderDeletion" });
export type FolderDeletion = z.infer<typeof FolderDeletion>;

export const DeleteFolder = z
  .strictObject({
    /** The ticked box: without it nothing is deleted. */
    riskUnderstood: z.literal(true),
  })
  .meta({ id: "DeleteFolder" });

export const DeviceMove = z
  .strictObject({
    deviceIds: z.array(DeviceId).min(1).max(MOVED_DEVICES_MAX),
    folderId: FolderId,
  })
  .meta({ id: "DeviceMove" });
export type DeviceMove = z.infer<typeof DeviceMove>;

/** What became of each device; what you cannot see is answered like what does not exist. */
export const DeviceMoveResult = z
  .strictObject({
    items: z.array(
      z.strictObject({ deviceId: DeviceId, result: z.enum(["moved", "unchanged", "not_found"]) }),
    ),
  })
  .meta({ id: "DeviceMoveResult" });
export type DeviceMoveResult = z.infer<typeof DeviceMoveResult>;

export const DeviceMovePreview = z
  .strictObject({
    /** Members who gain, and who lose, access to at least one of the devices. */
    gain: Count,
    lose: Count,
    /** By the folder that the devices are in now. */
    from: z.array(AccessShift.extend({ folderId: FolderId, devices: Count })),
    notFound: z.array(DeviceId),
  })
  .meta({ id: "DeviceMovePreview" });
export type DeviceMovePreview = z.infer<typeof DeviceMovePreview>;

export const DeviceCount = z.strictObject({ devices: Count }).meta({ id: "DeviceCount" });
