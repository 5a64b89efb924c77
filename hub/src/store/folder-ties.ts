import type {
  AgentId,
  EmailAddress,
  FolderApplication,
  FolderGrant,
  InvitationId,
  Role,
} from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { FolderStore } from "../folders/store.ts";
import { locked, type Database } from "./database.ts";
import type { Access } from "./tables.ts";

/** What hangs on folders besides what is in them. */
export const folderTies = (
  database: Database,
  { within }: Access,
): Pick<FolderStore, "ties" | "lockReporters" | "noteApplication"> => ({
  async ties(orgId, folderId) {
    const agents = await within(orgId)
      .from("agents")
      .select(["id", "name"])
      .where("folder_id", "=", folderId)
      .orderBy("id")
      .execute();
    const applications = await within(orgId)
      .from("folder_applications")
      .selectAll()
      .where("folder_id", "=", folderId)
      .orderBy("kind")
      .orderBy("name")
      .orderBy("holder")
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
      applications: applications.map(({ kind, name, holder, seen_at }) => ({
        ...{ kind: kind as FolderApplication["kind"], name, holder, seenAt: seen_at },
      })),
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
  async noteApplication(orgId, folderId, { kind, name, holder, seenAt }) {
    const seen = await within(orgId)
      .update("folder_applications")
      .set({ seen_at: seenAt })
      .where("folder_id", "=", folderId)
      .where("holder", "=", holder)
      .where("kind", "=", kind)
      .where("name", "=", name)
      .executeTakeFirst();
    if (seen.numUpdatedRows > 0n) return false;
    const row = { folder_id: folderId, kind, name, holder, seen_at: seenAt };
    await within(orgId).insert("folder_applications", row).execute();
    return true;
  },
});
