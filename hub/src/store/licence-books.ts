import type { OrgId } from "@fyr/protocol";
import { sql } from "kysely";
import { emptyBook, type Book } from "../licences/book.ts";
import type { CivilDate } from "../licences/civil-date.ts";
import type { Allocation, NeedSnapshot } from "../licences/events.ts";
import type { LotFacts } from "../licences/journal.ts";
import type { Lot } from "../licences/lots.ts";
import type { LedgerStore } from "../licences/store.ts";
import { grouped, toPosted, type LedgerWriting } from "./licence-ledger.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const lotOf = ({ place, ticks, facts }: Row<"licence_lots">): Lot => ({
  ...(JSON.parse(facts) as LotFacts),
  place: place as Lot["place"],
  ticks,
});

function needsOf(rows: readonly Row<"licence_needs">[]): Book["needs"] {
  const needs = new Map<string, NeedSnapshot[]>();
  for (const { product, counted_on, by_type } of rows) {
    const list = needs.get(product) ?? [];
    list.push({ on: counted_on as CivilDate, byType: JSON.parse(by_type) as NeedSnapshot["byType"] });
    needs.set(product, list);
  }
  return needs;
}

async function readNeeds({ within }: Access, orgId: OrgId, since: CivilDate): Promise<Book["needs"]> {
  const last = within(orgId)
    .from("licence_needs")
    .select(({ fn }) => ["product", fn.max("counted_on").as("counted_on")])
    .where("counted_on", "<=", since)
    .groupBy("product");
  const before = await last.execute();
  const first = new Map(before.map(({ product, counted_on }) => [product, counted_on]));
  const rows = await within(orgId)
    .from("licence_needs")
    .selectAll()
    .where("counted_on", ">=", before.map(({ counted_on }) => counted_on).sort()[0] ?? "")
    .orderBy("counted_on")
    .execute();
  return needsOf(rows.filter(({ product, counted_on }) => counted_on >= (first.get(product) ?? "")));
}

async function readBook(access: Access, orgId: OrgId, since: CivilDate): Promise<Book> {
  const of = access.within(orgId);
  const head = await of.from("licence_heads").selectAll().executeTakeFirst();
  if (!head) return { ...emptyBook(orgId), needs: await readNeeds(access, orgId, since) };
  const subscriptions = await of.from("licence_subscriptions").selectAll().execute();
  // In these words, so that both databases use the index of lots that are not empty.
  const lots = await of
    .from("licence_lots")
    .selectAll()
    .where(sql<boolean>`ticks > 0`)
    .execute();
  const balances = await of.from("licence_balances").selectAll().where("ticks", "<>", 0).execute();
  const allocations = await of.from("licence_allocations").selectAll().orderBy("id").execute();
  return {
    org: orgId,
    anchor: head.anchor as CivilDate | null,
    started: new Map(subscriptions.map(({ product, started_on }) => [product, started_on as CivilDate])),
    lots: new Map(lots.map((row) => [row.id, lotOf(row)])),
    balances: grouped(
      balances,
      ({ account }) => account,
      ({ commodity, ticks }) => [commodity, ticks],
    ),
    allocations: new Map(allocations.map(({ id, body }) => [id, JSON.parse(body) as Allocation])),
    needs: await readNeeds(access, orgId, since),
  };
}

/** What only `hub verify` asks. */
const checking = ({
  acrossOrgs,
  within,
}: Access): Pick<LedgerStore, "postingsOf" | "ledgerHead" | "headless"> => ({
  postingsOf: (orgId, from, to) =>
    within(orgId)
      .from("licence_entries")
      .select(["seq", "line", "account", "commodity", "ticks", "lot"])
      .where("seq", ">=", from)
      .where("seq", "<=", to)
      .orderBy("seq")
      .orderBy("line")
      .execute(),
  async ledgerHead(orgId) {
    const row = await within(orgId).from("licence_heads").select(["seq", "hash"]).executeTakeFirst();
    return row ?? null;
  },
  async headless() {
    const rows = await acrossOrgs
      .selectFrom("licence_txs")
      .select("org_id")
      .distinct()
      .where("org_id", "not in", acrossOrgs.selectFrom("licence_heads").select("org_id"))
      .orderBy("org_id")
      .execute();
    return rows.map(({ org_id }) => org_id as OrgId);
  },
});

export function ledgerReading(access: Access): Omit<LedgerStore, keyof LedgerWriting> {
  const { acrossOrgs, within } = access;
  return {
    book: (orgId, since) => readBook(access, orgId, since),
    async remembered(orgId, key) {
      const row = await within(orgId)
        .from("licence_commands")
        .selectAll()
        .where("key", "=", key)
        .executeTakeFirst();
      return row ? { fingerprint: row.fingerprint, answer: JSON.parse(row.answer) as unknown } : null;
    },
    async journal(orgId, { after = "0", limit }) {
      const query = within(orgId).from("licence_txs").selectAll().where("seq", ">", Number(after));
      return (
        await query
          .orderBy("seq")
          .limit(limit + 1)
          .execute()
      ).map(toPosted);
    },
    async history(orgId, { product, type, actor, from, to }, { after, limit }) {
      let query = within(orgId).from("licence_txs").selectAll();
      if (after !== undefined) query = query.where("seq", "<", Number(after));
      if (product !== undefined) query = query.where("product", "=", product);
      if (type !== undefined) query = query.where("type", "=", type);
      if (actor !== undefined) query = query.where("actor", "=", actor);
      if (from !== undefined) query = query.where("effective_on", ">=", from);
      if (to !== undefined) query = query.where("effective_on", "<", to);
      return (
        await query
          .orderBy("seq", "desc")
          .limit(limit + 1)
          .execute()
      ).map(toPosted);
    },
    async record(orgId, id) {
      const row = await within(orgId).from("licence_txs").selectAll().where("id", "=", id).executeTakeFirst();
      return row ? toPosted(row) : null;
    },
    async postings(orgId, account, commodity, { after, limit }) {
      let query = within(orgId)
        .from("licence_entries")
        .select(["seq", "line", "account", "commodity", "ticks", "lot"])
        .where("account", "=", account)
        .where("commodity", "=", commodity);
      if (after !== undefined) {
        const [seq = 0, line = 0] = after.split(".").map(Number);
        query = query.where(({ eb, refTuple, tuple }) => eb(refTuple("seq", "line"), ">", tuple(seq, line)));
      }
      return query
        .orderBy("seq")
        .orderBy("line")
        .limit(limit + 1)
        .execute();
    },
    ...checking(access),
    async balance(orgId, account, commodity) {
      const row = await within(orgId)
        .from("licence_balances")
        .select("ticks")
        .where("account", "=", account)
        .where("commodity", "=", commodity)
        .executeTakeFirst();
      return row?.ticks ?? 0;
    },
    async ledgers(after, limit) {
      let query = acrossOrgs.selectFrom("licence_heads").select("org_id").orderBy("org_id").limit(limit);
      if (after !== null) query = query.where("org_id", ">", after);
      return (await query.execute()).map(({ org_id }) => org_id as OrgId);
    },
    async hubBalances(account) {
      const rows = await acrossOrgs
        .selectFrom("licence_balances")
        .select(({ fn }) => ["commodity", fn.sum<number>("ticks").as("sum")])
        .where("account", "=", account)
        .groupBy("commodity")
        .execute();
      return new Map(rows.map(({ commodity, sum }) => [commodity, sum]));
    },
  };
}
