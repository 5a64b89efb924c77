import type { AuditEntry, OrgId } from "@fyr/protocol";
import { sql } from "kysely";
import { linkOfWritten, linkTo } from "../audit/chain.ts";
import type { AuditStore, Change, ChainEnd } from "../audit/store.ts";
import { START, type Head } from "../chain/chain.ts";
import { auditPage } from "./audit-page.ts";
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
    page: async (orgId, wish, whose) => (await auditPage(within(orgId), wish, whose)).map(toEntry),
    async head(orgId) {
      const found = await within(orgId).from("audit_heads").select(["seq", "hash"]).executeTakeFirst();
      return found ?? START;
    },
    async links(orgId, from, to) {
      const all = within(orgId).from("audit").selectAll().orderBy("seq");
      const rows = await all.where("seq", ">=", from).where("seq", "<=", to).execute();
      return rows.map(linkOfWritten);
    },
    async ends(orgId) {
      const { rows } = await endsOf(orgId).execute(acrossOrgs);
      return rows.map(({ org_id, seq, hash, last }): ChainEnd => ({
        orgId: org_id as OrgId,
        head: seq === null || hash === null ? null : { seq, hash },
        last: last ?? 0,
      }));
    },
  };
}

interface End {
  readonly org_id: string;
  readonly seq: number | null;
  readonly hash: string | null;
  readonly last: number | null;
}

/** In one statement, so that what is appended meanwhile is in all of it or in none. */
function endsOf(orgId: OrgId | undefined) {
  const all = sql`select id as org_id from organisations union select org_id from audit_heads union select org_id from audit`;
  const chains = orgId === undefined ? all : sql`select ${orgId} as org_id`;
  return sql<End>`
    select chains.org_id, kept.seq, kept.hash,
      (select max(entry.seq) from audit entry where entry.org_id = chains.org_id) as last
    from (${chains}) chains left join audit_heads kept on kept.org_id = chains.org_id
    order by chains.org_id`;
}
