import type { OrgId } from "@fyr/protocol";
import { factsOf, type Book } from "../licences/book.ts";
import type { Draft } from "../licences/journal.ts";
import { bodyOf, draftOf } from "../licences/sealed.ts";
import type { LedgerStore, Posted } from "../licences/store.ts";
import { hashAfter, START, type Head } from "../chain/chain.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const FIRST_HEADS = bulkInsert("licence_heads", "do nothing");
const HEAD = bulkInsert(
  "licence_heads",
  "(org_id) do update set seq = excluded.seq, hash = excluded.hash, anchor = excluded.anchor",
);
const TXS = bulkInsert("licence_txs");
const ENTRIES = bulkInsert("licence_entries");
const LOTS = bulkInsert(
  "licence_lots",
  "(org_id, id) do update set place = excluded.place, ticks = excluded.ticks, facts = excluded.facts",
);
const BALANCES = bulkInsert(
  "licence_balances",
  "(org_id, account, commodity) do update set ticks = excluded.ticks",
);
const ALLOCATIONS = bulkInsert("licence_allocations", "(org_id, id) do update set body = excluded.body");
const SUBSCRIPTIONS = bulkInsert(
  "licence_subscriptions",
  "(org_id, product) do update set started_on = excluded.started_on",
);

const PROJECTIONS = [
  "licence_lots",
  "licence_balances",
  "licence_allocations",
  "licence_subscriptions",
] as const;

export const toPosted = ({ seq, body, previous, hash }: Row<"licence_txs">): Posted => ({
  ...draftOf(body),
  seq,
  previous,
  hash,
});

/** A map of maps out of rows. */
export function grouped<R, V>(rows: readonly R[], outer: (row: R) => string, inner: (row: R) => [string, V]) {
  const groups = new Map<string, Map<string, V>>();
  for (const row of rows) {
    const group = groups.get(outer(row)) ?? new Map<string, V>();
    group.set(...inner(row));
    groups.set(outer(row), group);
  }
  return groups;
}

/** What a command changed beside the journal: the rows that go with it. */
function changedRows(before: Book, after: Book, drafts: readonly Draft[]) {
  const org_id = after.org;
  const made = new Map(drafts.flatMap(({ facts }) => facts.lots ?? []).map((lot) => [lot.id, lot]));
  const entries = drafts.flatMap((draft) => draft.entries);
  const lotIds = new Set(entries.flatMap(({ lot }) => (lot === undefined ? [] : [lot])));
  const lots = [...lotIds].map((id): Row<"licence_lots"> => {
    const lot = after.lots.get(id) ?? before.lots.get(id);
    const facts = lot ? factsOf(lot) : made.get(id);
    const ticks = after.lots.get(id)?.ticks ?? 0;
    return { org_id, id, place: lot?.place ?? "wallet", ticks, facts: JSON.stringify(facts) };
  });
  const touched = grouped(
    entries,
    ({ account }) => account,
    ({ commodity }) => [commodity, true],
  );
  const balances = [...touched].flatMap(([account, commodities]) =>
    [...commodities.keys()].map((commodity): Row<"licence_balances"> => ({
      ...{ org_id, account, commodity },
      ticks: after.balances.get(account)?.get(commodity) ?? 0,
    })),
  );
  const allocations = [...after.allocations.values()]
    .filter((each) => before.allocations.get(each.id) !== each)
    .map((each): Row<"licence_allocations"> => ({ org_id, id: each.id, body: JSON.stringify(each) }));
  const subscriptions = [...after.started]
    .filter(([product, on]) => before.started.get(product) !== on)
    .map(([product, started_on]): Row<"licence_subscriptions"> => ({ org_id, product, started_on }));
  return { lots, balances, allocations, subscriptions };
}

/** The journal's rows, each sealing the one before. */
function chained(org_id: string, start: Head, drafts: readonly Draft[]) {
  let head = start;
  const txs: Row<"licence_txs">[] = [];
  const entries: Row<"licence_entries">[] = [];
  for (const draft of drafts) {
    const { id, type, effectiveOn, actor, facts } = draft;
    const body = bodyOf(draft);
    const [seq, hash, previous] = [head.seq + 1, hashAfter(head, body), head.hash];
    const product = facts.product ?? null;
    txs.push({ org_id, seq, id, type, product, effective_on: effectiveOn, actor, body, previous, hash });
    draft.entries.forEach(({ account, commodity, ticks, lot = null }, line) =>
      entries.push({ org_id, seq, line, account, commodity, ticks, lot }),
    );
    head = { seq, hash };
  }
  return { txs, entries, head };
}

export type LedgerWriting = Pick<LedgerStore, "lockLedgers" | "post" | "count" | "remember" | "replaceBook">;

export function ledgerWriting(database: Database, { acrossOrgs, within }: Access): LedgerWriting {
  async function save(statement: typeof TXS, rows: readonly object[]): Promise<void> {
    if (rows.length > 0) await database.bulk(acrossOrgs, statement, cells(statement, rows));
  }
  async function keep(changed: ReturnType<typeof changedRows>): Promise<void> {
    await save(LOTS, changed.lots);
    await save(BALANCES, changed.balances);
    await save(ALLOCATIONS, changed.allocations);
    await save(SUBSCRIPTIONS, changed.subscriptions);
  }
  const headOf = (orgId: OrgId) => within(orgId).from("licence_heads").selectAll().executeTakeFirst();

  return {
    async lockLedgers(orgIds) {
      const orgs = [...new Set(orgIds)].sort();
      await save(
        FIRST_HEADS,
        orgs.map((org_id) => ({ org_id, ...START, anchor: null })),
      );
      for (const orgId of orgs) {
        await locked(database, within(orgId).from("licence_heads").selectAll()).execute();
      }
    },
    async post(before, after, drafts) {
      if (drafts.length === 0) return [];
      const { seq, hash } = (await headOf(after.org as OrgId)) ?? START;
      const { txs, entries, head } = chained(after.org, { seq, hash }, drafts);
      await save(TXS, txs);
      await save(ENTRIES, entries);
      await keep(changedRows(before, after, drafts));
      await save(HEAD, [{ org_id: after.org, ...head, anchor: after.anchor }]);
      return txs.map(toPosted);
    },
    async count(orgId, product, { on, byType }) {
      const by_type = JSON.stringify(byType);
      await within(orgId)
        .insert("licence_needs", { product, counted_on: on, by_type })
        .onConflict((conflict) =>
          conflict.columns(["org_id", "product", "counted_on"]).doUpdateSet({ by_type }),
        )
        .execute();
    },
    async remember(orgId, key, { fingerprint, answer, at }) {
      await within(orgId)
        .insert("licence_commands", { key, fingerprint, answer: JSON.stringify(answer), at })
        .execute();
    },
    async replaceBook(book) {
      const orgId = book.org as OrgId;
      for (const table of PROJECTIONS) {
        await acrossOrgs.deleteFrom(table).where("org_id", "=", orgId).execute();
      }
      const org_id = book.org;
      await keep({
        lots: [...book.lots.values()].map((lot) => ({
          ...{ org_id, id: lot.id, place: lot.place, ticks: lot.ticks },
          facts: JSON.stringify(factsOf(lot)),
        })),
        balances: [...book.balances].flatMap(([account, held]) =>
          [...held].map(([commodity, ticks]) => ({ org_id, account, commodity, ticks })),
        ),
        allocations: [...book.allocations.values()].map((each) => ({
          org_id,
          id: each.id,
          body: JSON.stringify(each),
        })),
        subscriptions: [...book.started].map(([product, started_on]) => ({ org_id, product, started_on })),
      });
      await within(orgId).update("licence_heads").set({ anchor: book.anchor }).execute();
    },
  };
}
