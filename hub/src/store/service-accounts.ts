import type { AccountId, Action, ApiKeyId, OrgId, ServiceAccountId } from "@fyr/protocol";
import type {
  ApiKeyRecord,
  ServiceAccountRecord,
  ServiceAccountStore,
  ServiceMember,
} from "../service-accounts/store.ts";
import type { Database } from "./database.ts";
import { memberStore } from "./members.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toAccount = (row: Row<"service_accounts">): ServiceAccountRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as ServiceAccountId,
  name: row.name,
  createdBy: row.created_by as AccountId,
  createdAt: row.created_at,
});

const toScope = (text: string | null): Action[] | null =>
  text === null ? null : (JSON.parse(text) as Action[]);

const toKey = (row: Row<"api_keys">): ApiKeyRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as ApiKeyId,
  serviceId: row.service_id as ServiceAccountId,
  name: row.name,
  tokenHash: row.token_hash,
  scope: toScope(row.scope),
  createdBy: row.created_by as AccountId,
  createdAt: row.created_at,
  rotatedAt: row.rotated_at,
  until: row.until,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

const fromKey = (key: ApiKeyRecord): Omit<Row<"api_keys">, "org_id"> => ({
  id: key.id,
  service_id: key.serviceId,
  name: key.name,
  token_hash: key.tokenHash,
  scope: key.scope && JSON.stringify(key.scope),
  created_by: key.createdBy,
  created_at: key.createdAt,
  rotated_at: key.rotatedAt,
  until: key.until,
  last_used_at: key.lastUsedAt,
  revoked_at: key.revokedAt,
});

export const serviceAccountStore = (database: Database, access: Access): ServiceAccountStore => ({
  ...accounts(database, access),
  ...keys(access),
});

type Accounts = Pick<ServiceAccountStore, "insert" | "find" | "page" | "rename">;

function accounts(database: Database, access: Access): Accounts {
  const { within } = access;
  const members = memberStore(database, access);
  async function withMembership(row: Row<"service_accounts">): Promise<ServiceMember> {
    const account = toAccount(row);
    const held = await members.find(account.orgId, account.id);
    if (!held) throw new Error("a service account is a member");
    return { ...account, held };
  }
  return {
    async insert({ orgId, id, name, createdBy, createdAt }) {
      const row = { id, name, created_by: createdBy, created_at: createdAt };
      await within(orgId).insert("service_accounts", row).execute();
    },
    async find(orgId, id) {
      const query = within(orgId).from("service_accounts").selectAll().where("id", "=", id);
      const row = await query.executeTakeFirst();
      return row ? withMembership(row) : null;
    },
    async page(orgId, { after, limit }) {
      const query = within(orgId)
        .from("service_accounts")
        .selectAll()
        .orderBy("id")
        .limit(limit + 1);
      const rows = await (after === undefined ? query : query.where("id", ">", after)).execute();
      const found: ServiceMember[] = [];
      for (const row of rows) found.push(await withMembership(row));
      return found;
    },
    async rename(orgId, id, name) {
      await within(orgId).update("service_accounts").set({ name }).where("id", "=", id).execute();
    },
  };
}

const keys = ({ within, acrossOrgs }: Access): Omit<ServiceAccountStore, keyof Accounts> => ({
  async insertKey(key) {
    await within(key.orgId).insert("api_keys", fromKey(key)).execute();
  },
  async findKey(orgId, serviceId, id) {
    const query = within(orgId).from("api_keys").selectAll();
    const row = await query.where("service_id", "=", serviceId).where("id", "=", id).executeTakeFirst();
    return row ? toKey(row) : null;
  },
  async keys(orgId, serviceId, { after, limit }) {
    const query = within(orgId)
      .from("api_keys")
      .selectAll()
      .where("service_id", "=", serviceId)
      .orderBy("id")
      .limit(limit + 1);
    const rows = await (after === undefined ? query : query.where("id", ">", after)).execute();
    return rows.map(toKey);
  },
  async saveKey(key) {
    await within(key.orgId).update("api_keys").set(fromKey(key)).where("id", "=", key.id).execute();
  },
  async byToken(tokenHash) {
    const row = await acrossOrgs
      .selectFrom("api_keys")
      .innerJoin("members", (join) =>
        join
          .onRef("members.org_id", "=", "api_keys.org_id")
          .onRef("members.principal_id", "=", "api_keys.service_id"),
      )
      .selectAll("api_keys")
      .select("members.active")
      .where("api_keys.token_hash", "=", tokenHash)
      .executeTakeFirst();
    if (!row) return null;
    const { orgId, id, serviceId, scope, until, lastUsedAt, revokedAt } = toKey(row);
    return { orgId, id, serviceId, scope, until, lastUsedAt, revokedAt, active: row.active === 1 };
  },
  async used(orgId, id, at) {
    await within(orgId).update("api_keys").set({ last_used_at: at }).where("id", "=", id).execute();
  },
});
