import type { OrgId, Reach } from "@fyr/protocol";
import { sql, type Expression, type SqlBool } from "kysely";
import type { Database } from "./database.ts";

/** Whether the folder in `column` lies within a reach: in one of its folders, or below. */
export function folderWithin(
  database: Pick<Database, "among">,
  orgId: OrgId,
  column: Expression<string>,
  reach: Reach,
): Expression<SqlBool> {
  if (reach === "everywhere") return sql<SqlBool>`1 = 1`;
  const granted = database.among(sql<string>`folder_paths.ancestor_id`, reach);
  return sql<SqlBool>`${column} in (
    select folder_paths.folder_id from folder_paths
    where folder_paths.org_id = ${orgId} and ${granted})`;
}
