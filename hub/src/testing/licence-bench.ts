import { OrgId } from "@fyr/protocol";
import { seededRandom, silentLog, uuid7Ids } from "@fyr/runtime";
import { sql } from "kysely";
import { hashAfter, START, type Head } from "../chain/chain.ts";
import { apply, emptyBook } from "../licences/book.ts";
import { addDays, type CivilDate } from "../licences/civil-date.ts";
import { ACCOUNTS, type Draft } from "../licences/journal.ts";
import { bookFromJournal } from "../licences/rebuild.ts";
import { bodyOf } from "../licences/sealed.ts";
import { ticksOf } from "../licences/ticks.ts";
import { stockOf } from "../licences/wallet.ts";
import { bulkInsert, cells } from "../store/bulk.ts";
import type { Row } from "../store/schema.ts";
import { openStore } from "../store/store.ts";
import { rawDatabase } from "./raw-database.ts";

/** One organisation's long ledger, and what is asked of it: for the bench. */
export interface LedgerBench {
  readonly orgId: OrgId;
  readonly records: number;
  balance(): Promise<number>;
  wallet(): Promise<unknown>;
  history(before: number | null): Promise<unknown>;
  postings(after: number): Promise<unknown>;
  rebuild(): Promise<unknown>;
  close(): Promise<void>;
}

const COMMODITY = "VMS/CORE/extension";
const DAY = "2026-03-02" as CivilDate;
const HARDWARE = "RX-1";
/** Records that are written at once. */
const BATCH = 10_000;

const TXS = bulkInsert("licence_txs");
const ENTRIES = bulkInsert("licence_entries");
const HEADS = bulkInsert("licence_heads");

const TICKS = ticksOf(1_000_000);

function drafts(org: OrgId, nextId: () => string) {
  const draft = (type: Draft["type"], entries: Draft["entries"], facts: Draft["facts"]): Draft => ({
    ...{ id: nextId(), type, effectiveOn: DAY, recordedAt: 1, actor: "account:bench", entries, facts },
  });
  const lot = {
    id: nextId(),
    commodity: COMMODITY,
    creditedOn: DAY,
    expiresOn: addDays(DAY, 1_826),
    origin: "key",
  } as const;
  const wallet = ACCOUNTS.wallet(org);
  const first = draft(
    "key.redeem",
    [
      { account: ACCOUNTS.issuer, commodity: COMMODITY, ticks: -TICKS },
      { account: wallet, commodity: COMMODITY, ticks: TICKS, lot: lot.id },
    ],
    { product: "VMS", lots: [lot] },
  );
  const moved = (ticks: number): Draft =>
    draft(
      "ext.allocate",
      [
        { account: wallet, commodity: COMMODITY, ticks: -ticks, lot: lot.id },
        { account: ACCOUNTS.extension(HARDWARE), commodity: COMMODITY, ticks },
      ],
      { product: "VMS", hardware: HARDWARE },
    );
  return { first, moved };
}

/** Rows of records that are alike but for their ids, without what a command costs: ten million are there in minutes. */
function rowsOf(org_id: string, start: Head, like: Draft, ids: readonly string[]) {
  const [before = "", after = ""] = bodyOf(like).split(like.id);
  const { type, effectiveOn: effective_on, actor, facts } = like;
  const txs: Row<"licence_txs">[] = [];
  const entries: Row<"licence_entries">[] = [];
  let head = start;
  for (const id of ids) {
    const body = before + id + after;
    const [seq, hash, previous] = [head.seq + 1, hashAfter(head, body), head.hash];
    const product = facts.product ?? null;
    txs.push({ org_id, seq, id, type, product, effective_on, actor, body, previous, hash });
    like.entries.forEach(({ account, commodity, ticks, lot = null }, line) =>
      entries.push({ org_id, seq, line, account, commodity, ticks, lot }),
    );
    head = { seq, hash };
  }
  return { txs, entries, head };
}

/** A journal of so many records: a key, and licences that go to one piece of hardware, tick by tick. */
async function fill(url: string, orgId: OrgId, records: number, nextId: () => string): Promise<void> {
  const { first, moved } = drafts(orgId, nextId);
  const database = rawDatabase(url);
  if (database.kind === "sqlite") {
    // What is lost with the power is filled again.
    await sql`pragma synchronous = off`.execute(database.writer);
    await sql`pragma cache_size = -1000000`.execute(database.writer);
  }
  let head = START;
  const write = (like: Draft, ids: readonly string[]) => {
    const rows = rowsOf(orgId, head, like, ids);
    head = rows.head;
    return database.writer.transaction().execute(async (transaction) => {
      await database.bulk(transaction, TXS, cells(TXS, rows.txs));
      await database.bulk(transaction, ENTRIES, cells(ENTRIES, rows.entries));
    });
  };
  await write(first, [first.id]);
  const one = moved(1);
  while (head.seq < records) {
    const ids = Array.from({ length: Math.min(BATCH, records - head.seq) }, nextId);
    await write(one, ids);
  }
  await database.bulk(database.writer, HEADS, cells(HEADS, [{ org_id: orgId, ...head, anchor: null }]));
  if (database.kind === "postgres") await sql`analyze`.execute(database.writer);
  await database.close();
}

/** A ledger of about so many postings. */
export async function ledgerBench(url: string, postings: number): Promise<LedgerBench> {
  const store = await openStore(url, { log: silentLog, turn: () => Promise.resolve() });
  const ids = uuid7Ids({ wall: () => 1 }, seededRandom("ledger bench"));
  const orgId = OrgId.parse(ids.next());
  const records = Math.ceil(postings / 2);
  await fill(url, orgId, records, () => ids.next());
  // As it was posted, all steps at once.
  const again = uuid7Ids({ wall: () => 1 }, seededRandom("ledger bench"));
  const { first, moved } = drafts(OrgId.parse(again.next()), () => again.next());
  const book = apply(apply(emptyBook(orgId), first), moved(records - 1));
  await store.write(({ licences }) => licences.replaceBook(book));
  const { licences } = store.read;
  const wallet = ACCOUNTS.wallet(orgId);
  return {
    orgId,
    records,
    balance: () => licences.balance(orgId, wallet, COMMODITY),
    wallet: async () => stockOf(await licences.book(orgId, DAY), DAY),
    history: (before) =>
      licences.history(orgId, {}, { limit: 50, ...(before !== null && { after: String(before) }) }),
    postings: (after) => licences.postings(orgId, wallet, COMMODITY, { after: `${after}.0`, limit: 50 }),
    rebuild: () => bookFromJournal(licences, orgId),
    close: () => store.close(),
  };
}
