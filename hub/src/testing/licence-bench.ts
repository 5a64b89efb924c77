import { OrgId } from "@fyr/protocol";
import { seededRandom, silentLog, uuid7Ids } from "@fyr/runtime";
import { apply, type Book } from "../licences/book.ts";
import { addDays, type CivilDate } from "../licences/civil-date.ts";
import { ACCOUNTS, type Draft } from "../licences/journal.ts";
import { ALWAYS, bookFromJournal } from "../licences/rebuild.ts";
import { ticksOf } from "../licences/ticks.ts";
import { stockOf } from "../licences/wallet.ts";
import { openStore } from "../store/store.ts";

/** One organisation's long ledger, and what is asked of it: for the bench. */
export interface LedgerBench {
  readonly records: number;
  balance(): Promise<number>;
  wallet(): Promise<unknown>;
  history(before: number | null): Promise<unknown>;
  rebuild(): Promise<unknown>;
  close(): Promise<void>;
}

const COMMODITY = "VMS/CORE/extension";
const DAY = "2026-03-02" as CivilDate;
const BATCH = 2_000;

/** A ledger of about so many postings: a key, and licences that go to one piece of hardware, tick by tick. */
export async function ledgerBench(url: string, postings: number): Promise<LedgerBench> {
  const store = await openStore(url, { log: silentLog, turn: () => Promise.resolve() });
  const ids = uuid7Ids({ wall: () => 1 }, seededRandom("ledger bench"));
  const orgId = OrgId.parse(ids.next());
  const draft = (type: Draft["type"], entries: Draft["entries"], facts: Draft["facts"]): Draft => ({
    ...{ id: ids.next(), type, effectiveOn: DAY, recordedAt: 1, actor: "account:bench", entries, facts },
  });
  const lot = {
    id: ids.next(),
    commodity: COMMODITY,
    creditedOn: DAY,
    expiresOn: addDays(DAY, 1_826),
    origin: "key",
  } as const;
  const ticks = ticksOf(1_000_000);
  const wallet = ACCOUNTS.wallet(orgId);
  const first = draft(
    "key.redeem",
    [
      { account: ACCOUNTS.issuer, commodity: COMMODITY, ticks: -ticks },
      { account: wallet, commodity: COMMODITY, ticks, lot: lot.id },
    ],
    { product: "VMS", lots: [lot] },
  );
  const next = () =>
    draft(
      "ext.allocate",
      [
        { account: wallet, commodity: COMMODITY, ticks: -1, lot: lot.id },
        { account: ACCOUNTS.extension("RX-1"), commodity: COMMODITY, ticks: 1 },
      ],
      { product: "VMS", hardware: "RX-1" },
    );
  const records = Math.ceil(postings / 2);
  let book: Book = await store.read.licences.book(orgId, ALWAYS);
  for (let made = 0; made < records; made += BATCH) {
    const drafts = Array.from({ length: Math.min(BATCH, records - made) }, (_, n) =>
      made + n === 0 ? first : next(),
    );
    const before = book;
    for (const each of drafts) book = apply(book, each);
    const after = book;
    await store.write(async ({ licences }) => {
      await licences.lockLedgers([orgId]);
      await licences.post(before, after, drafts);
    });
  }
  const { licences } = store.read;
  return {
    records,
    balance: () => licences.balance(orgId, wallet, COMMODITY),
    wallet: async () => stockOf(await licences.book(orgId, DAY), DAY),
    history: (before) =>
      licences.history(orgId, {}, { limit: 50, ...(before !== null && { after: String(before) }) }),
    rebuild: () => bookFromJournal(licences, orgId),
    close: () => store.close(),
  };
}
