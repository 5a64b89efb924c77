import { CHAIN_START, type AuditEntry, type OrgId } from "@fyr/protocol";
import { linkTo, type Head } from "../audit/chain.ts";
import type { AuditStore, Change } from "../audit/store.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const INSERT = bulkInsert("audit");
const FIRST_HEADS = bulkInsert("audit_heads", "do nothing");
const SAVE_HEADS = bulkInsert(
  "audit_heads",
  "(org_id) do update set seq = excluded.seq, hash = excluded.hash",
);

const START: Head = { seq: 0, hash: CHAIN_START };

const toRow = (orgId: OrgId, entry: AuditEntry): Row<"audit"> => ({
  ...entry,
  org_id: orgId,
  before: JSON.stringify(entry.before),
  after: JSON.stringify(entry.after),
});

const toEntry = ({ org_id: _, before, after, ...entry }: Row<"audit">): AuditEntry => ({
  ...entry,
  before: JSON.parse(before) as unknown,
  after: JSON.parse(after) as unknown,
});

export function auditStore(database: Database, { acrossOrgs, within }: Access): AuditStore {
  async function readHeads(orgs: readonly OrgId[]): Promise<Map<OrgId, Head>> {
    const query = acrossOrgs
      .selectFrom("audit_heads")
      .selectAll()
      .where(({ ref }) => database.among(ref("org_id"), orgs))
      .orderBy("org_id");
    const rows = await locked(database, query).execute();
    return new Map(rows.map(({ org_id, seq, hash }) => [org_id as OrgId, { seq, hash }]));
  }

  /** The ends of the chains, theirs alone until the transaction is over; a chain that is new gets its end first. */
  async function lockHeads(orgs: readonly OrgId[]): Promise<Map<OrgId, Head>> {
    const found = await readHeads(orgs);
    if (found.size === orgs.length) return found;
    const fresh = orgs.filter((orgId) => !found.has(orgId)).map((orgId) => ({ org_id: orgId, ...START }));
    await database.bulk(acrossOrgs, FIRST_HEADS, cells(FIRST_HEADS, fresh));
    return readHeads(orgs);
  }

  return {
    async append(changes: readonly Change[]) {
      if (changes.length === 0) return;
      const orgs = [...new Set(changes.map(({ orgId }) => orgId))].sort();
      const heads = await lockHeads(orgs);
      const rows = changes.map((change) => {
        const entry = linkTo(heads.get(change.orgId) ?? START, change);
        heads.set(change.orgId, entry);
        return toRow(change.orgId, entry);
      });
      await database.bulk(acrossOrgs, INSERT, cells(INSERT, rows));
      const ends = orgs.map((orgId) => ({ org_id: orgId, ...(heads.get(orgId) ?? START) }));
      await database.bulk(acrossOrgs, SAVE_HEADS, cells(SAVE_HEADS, ends));
    },
    async page(orgId, { after, limit }, actor) {
      let query = within(orgId)
        .from("audit")
        .selectAll()
        .orderBy("seq")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("seq", ">", Number(after));
      if (actor !== undefined) query = query.where("actor", "=", actor);
      return (await query.execute()).map(toEntry);
    },
  };
}
