import type { ApiKeyId, FolderGrant, FolderId, OrgId, Role, SessionId } from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { LiveStore } from "../live/store.ts";
import type { Database } from "./database.ts";
import { livePlaces } from "./live-places.ts";
import { toSettings } from "./organisations.ts";
import type { Access } from "./tables.ts";

const kindOf = (action: string): string => action.split(".", 1)[0] ?? "";

export function liveStore(database: Database, { acrossOrgs, within, global }: Access): LiveStore {
  async function grantsOf(
    who: readonly (readonly [OrgId, PrincipalId])[],
  ): Promise<Map<string, FolderGrant[]>> {
    const rows = await acrossOrgs
      .selectFrom("grants")
      .select(["org_id", "principal_id", "folder_id", "role"])
      .where(({ ref }) => database.amongKeys([ref("org_id"), ref("principal_id")], who))
      .orderBy("folder_id")
      .execute();
    const grants = new Map<string, FolderGrant[]>();
    for (const { org_id, principal_id, folder_id, role } of rows) {
      const key = `${org_id} ${principal_id}`;
      const grant = { folderId: folder_id as FolderId, role: role as FolderGrant["role"] };
      grants.set(key, [...(grants.get(key) ?? []), grant]);
    }
    return grants;
  }

  return {
    async heads(orgs) {
      const rows = await acrossOrgs
        .selectFrom("audit_heads")
        .select(["org_id", "seq"])
        .where(({ ref }) => database.among(ref("org_id"), orgs))
        .execute();
      return new Map(rows.map(({ org_id, seq }) => [org_id as OrgId, seq]));
    },
    async notices(orgId, after, limit) {
      const rows = await within(orgId)
        .from("audit")
        .select(["seq", "at", "action", "object"])
        .where("seq", ">", after)
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row, kind: kindOf(row.action) }));
    },
    paths: livePlaces(database, { within }),
    async memberships(who) {
      if (who.length === 0) return [];
      const rows = await acrossOrgs
        .selectFrom("members")
        .innerJoin("organisations", "organisations.id", "members.org_id")
        .select(["members.org_id", "members.principal_id", "members.kind", "members.role", "members.owner"])
        .select(["organisations.settings", "organisations.archived_at"])
        .where(({ ref }) => database.amongKeys([ref("members.org_id"), ref("members.principal_id")], who))
        .execute();
      const grants = await grantsOf(who);
      return rows.map((row) => ({
        orgId: row.org_id as OrgId,
        principalId: row.principal_id as PrincipalId,
        kind: row.kind as "person" | "service",
        role: row.role as Role,
        owner: row.owner === 1,
        grants: grants.get(`${row.org_id} ${row.principal_id}`) ?? [],
        settings: toSettings(row.settings),
        archivedAt: row.archived_at,
      }));
    },
    async keys(ids, now) {
      if (ids.length === 0) return new Set();
      const rows = await acrossOrgs
        .selectFrom("api_keys")
        .innerJoin("members", (join) =>
          join
            .onRef("members.org_id", "=", "api_keys.org_id")
            .onRef("members.principal_id", "=", "api_keys.service_id"),
        )
        .select("api_keys.id")
        .where(({ ref }) => database.amongKeys([ref("api_keys.org_id"), ref("api_keys.id")], ids))
        .where("api_keys.revoked_at", "is", null)
        .where("api_keys.until", ">", now)
        .where("members.active", "=", 1)
        .execute();
      return new Set(rows.map(({ id }) => id as ApiKeyId));
    },
    async sessions(ids) {
      if (ids.length === 0) return new Map();
      const rows = await global
        .selectFrom("sessions")
        .select(["id", "factor", "seen_at", "until"])
        .where(({ ref }) => database.among(ref("id"), ids))
        .execute();
      return new Map(
        rows.map(({ id, factor, seen_at, until }) => [
          id as SessionId,
          { isPassed: factor === "passed", seenAt: seen_at, until },
        ]),
      );
    },
  };
}
