import type { FolderId, OrgId, Reach, RecordedDevice, ServerId } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";
import type { ServerRecord } from "./server.ts";

/** Servers that were taken out are seen by syncs alone. */
export interface ServerStore {
  /** Those within `reach`, by id, oldest first; one more than wished when there are more. */
  servers(orgId: OrgId, reach: Reach, wish: PageWish): Promise<ServerRecord[]>;
  server(orgId: OrgId, serverId: ServerId): Promise<ServerRecord | null>;
  /** Locked until the transaction ends. */
  lockServer(orgId: OrgId, serverId: ServerId): Promise<ServerRecord | null>;
  move(orgId: OrgId, serverId: ServerId, folderId: FolderId): Promise<void>;
  /** Its devices stay what they are; nothing says any more that it records them. */
  unregister(orgId: OrgId, serverId: ServerId): Promise<void>;
  /**
   * What a server records, by serial; one more than wished when there are more. Devices that were found and lie outside
   * `reach` are left out.
   */
  recorded(orgId: OrgId, serverId: ServerId, reach: Reach, wish: PageWish): Promise<RecordedDevice[]>;
}
