import type { OrgId } from "@fyr/protocol";
import type {
  DeleteQueryBuilder,
  DeleteResult,
  InsertQueryBuilder,
  InsertResult,
  Kysely,
  SelectQueryBuilder,
  UpdateQueryBuilder,
  UpdateResult,
} from "kysely";
import type { GlobalTables, Row, Tables, TenantTable } from "./schema.ts";

/** The tenant tables through the eyes of one organisation: no other rows can be read or changed. */
export interface OrgTables {
  from<T extends TenantTable>(table: T): SelectQueryBuilder<Tables, T, object>;
  update<T extends TenantTable>(table: T): UpdateQueryBuilder<Tables, T, T, UpdateResult>;
  remove<T extends TenantTable>(table: T): DeleteQueryBuilder<Tables, T, DeleteResult>;
  insert<T extends TenantTable>(
    table: T,
    row: Omit<Row<T>, "org_id">,
  ): InsertQueryBuilder<Tables, T, InsertResult>;
}

/**
 * What a store's queries go through. Tenant tables are reached through one organisation; a query that
 * names none does not compile, unless it says `acrossOrgs`, which a reviewer can look for.
 */
export interface Access {
  readonly global: Kysely<GlobalTables>;
  within(orgId: OrgId): OrgTables;
  /** For work that no user asks for: finding who an agent is, batches of many sites, the scheduler. */
  readonly acrossOrgs: Kysely<Tables>;
}

export const access = (db: Kysely<Tables>): Access => ({
  global: db as unknown as Kysely<GlobalTables>,
  acrossOrgs: db,
  within: (orgId) => orgTables(db, orgId),
});

function orgTables(db: Kysely<Tables>, orgId: OrgId): OrgTables {
  // Kysely's types cannot follow a table that is a parameter; every tenant table has `org_id`, as `schema.ts` checks.
  const any = db as unknown as Kysely<{ table: { org_id: string } }>;
  return {
    from: (table) =>
      any.selectFrom(table as "table").where(`${table}.org_id` as "org_id", "=", orgId) as never,
    update: (table) => any.updateTable(table as "table").where("org_id", "=", orgId) as never,
    remove: (table) => any.deleteFrom(table as "table").where("org_id", "=", orgId) as never,
    insert: (table, row) => any.insertInto(table as "table").values({ ...row, org_id: orgId }) as never,
  };
}
