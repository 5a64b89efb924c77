import type {
  AgentId,
  EmailAddress,
  FolderApplication,
  FolderGrant,
  InvitationId,
  Role,
} from "@fyr/protocol";
import { sql } from "kysely";
import type { PrincipalId } from "../access/store.ts";
import type { FolderStore } from "../folders/store.ts";
import { locked, type Database } from "./database.ts";
import { folderWithin } from "./reach.ts";
import type { Access } from "./tables.ts";

/** What hangs on folders besides what is in them. */
export const folderTies = (
  database: Database,
  { within }: Access,
): Pick<FolderStore, "ties" | "lockReporters" | "applications"> => ({
  async ties(orgId, folderId) {
    const agents = await within(orgId)
      .from("agents")
      .select(["id", "name"])
      .where("folder_id", "=", folderId)
      .orderBy("id")
      .execute();
    const grants = await within(orgId)
      .from("grants")
      .select(["principal_id", "role"])
      .where("folder_id", "=", folderId)
      .orderBy("principal_id")
      .execute();
    // Ids are all of one length and form: none is part of another.
    const invitations = await within(orgId)
      .from("invitations")
      .select(["id", "email", "role"])
      .where("state", "=", "pending")
      .where("folder_ids", "like", `%"${folderId}"%`)
      .orderBy("id")
      .execute();
    return {
      agents: agents.map(({ id, name }) => ({ id: id as AgentId, name })),
      grants: grants.map(({ principal_id, role }) => ({
        principalId: principal_id as PrincipalId,
        role: role as FolderGrant["role"],
      })),
      invitations: invitations.map(({ id, email, role }) => ({
        ...{ id: id as InvitationId, email: email as EmailAddress, role: role as Role },
      })),
    };
  },
  async lockReporters(orgId, folderId) {
    const query = within(orgId)
      .from("links")
      .select("agent_id")
      .where("agent_id", "in", ({ selectFrom }) =>
        selectFrom("agents").select("id").where("org_id", "=", orgId).where("folder_id", "=", folderId),
      )
      .orderBy("agent_id");
    await locked(database, query).execute();
  },
  async applications(orgId, folderId, reach) {
    const inFolder = within(orgId).from("devices").select("serial").where("folder_id", "=", folderId);
    const recording = within(orgId)
      .from("server_devices")
      .select("server_id")
      .where("serial", "in", inFolder);
    const found = await within(orgId)
      .from("servers")
      .select(["id", "name", "reported_at"])
      .where("state", "=", "registered")
      .where(folderWithin(database, orgId, sql<string>`servers.folder_id`, reach))
      .where(({ or, eb }) => or([eb("folder_id", "=", folderId), eb("id", "in", recording)]))
      .orderBy("name")
      .orderBy("id")
      .execute();
    return found.map(({ id, name, reported_at: seenAt }): FolderApplication => ({
      ...{ kind: "vms", name, holder: id, seenAt },
    }));
  },
});
