import type { FolderId, LiveNotice, OrgId } from "@fyr/protocol";
import type { LiveStore } from "../live/store.ts";
import type { Database } from "./database.ts";
import type { Access } from "./tables.ts";

type Thing = Pick<LiveNotice, "kind" | "object">;
interface Lying {
  readonly object: string;
  readonly folder_id: string;
}

/** Where the things are that live streams tell of. */
export function livePlaces(database: Database, { within }: Pick<Access, "within">): LiveStore["paths"] {
  const of = (things: readonly Thing[], kind: string) =>
    things.filter((thing) => thing.kind === kind).map(({ object }) => object);

  /** The folders that things lie in, kind by kind; nothing is asked about a kind that is not there. */
  async function foldersOf(orgId: OrgId, things: readonly Thing[]): Promise<Lying[]> {
    const org = within(orgId);
    const asked = (kind: string, ask: (ids: readonly string[]) => Promise<Lying[]>): Promise<Lying[]> => {
      const ids = [...new Set(of(things, kind))];
      return ids.length === 0 ? Promise.resolve([]) : ask(ids);
    };
    const tasksBy = (column: "id" | "upgrade_id") => (ids: readonly string[]) =>
      org
        .from("tasks")
        .innerJoin("devices", (join) =>
          join.onRef("devices.org_id", "=", "tasks.org_id").onRef("devices.id", "=", "tasks.device_id"),
        )
        .select([`tasks.${column} as object`, "devices.folder_id"])
        .distinct()
        .where(({ ref }) => database.among(ref(`tasks.${column}`), ids))
        .execute();
    const own = (table: "devices" | "agents" | "servers") => (ids: readonly string[]) =>
      org
        .from(table)
        .select(["id as object", "folder_id"])
        .where(({ ref }) => database.among(ref("id"), ids))
        .execute();
    const found = await Promise.all([
      asked("task", tasksBy("id")),
      asked("upgrade", tasksBy("upgrade_id")),
      asked("device", own("devices")),
      asked("agent", own("agents")),
      asked("server", own("servers")),
      asked("folder", (ids) => Promise.resolve(ids.map((id) => ({ object: id, folder_id: id })))),
    ]);
    return found.flat();
  }

  async function waysUp(orgId: OrgId, folders: readonly string[]): Promise<Map<string, FolderId[]>> {
    const rows = await within(orgId)
      .from("folder_paths")
      .select(["folder_id", "ancestor_id"])
      .where(({ ref }) => database.among(ref("folder_id"), folders))
      .orderBy("distance")
      .execute();
    const ways = new Map<string, FolderId[]>();
    for (const { folder_id, ancestor_id } of rows)
      ways.set(folder_id, [...(ways.get(folder_id) ?? []), ancestor_id as FolderId]);
    return ways;
  }

  return async (orgId, things) => {
    const lying = await foldersOf(orgId, things);
    const ways = await waysUp(orgId, [...new Set(lying.map(({ folder_id }) => folder_id))]);
    const paths = new Map<string, FolderId[][]>();
    for (const { object, folder_id } of lying) {
      const way = ways.get(folder_id);
      if (way) paths.set(object, [...(paths.get(object) ?? []), way]);
    }
    return paths;
  };
}
