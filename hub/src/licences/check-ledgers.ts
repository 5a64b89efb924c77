import type { OrgId } from "@fyr/protocol";
import { walk } from "../chain/chain.ts";
import { apply, emptyBook } from "./book.ts";
import { ACCOUNTS } from "./journal.ts";
import { ALWAYS, differences, journalOf, linkOf } from "./rebuild.ts";
import type { LedgerStore } from "./store.ts";

/** Where a ledger does not hold. */
export interface BrokenLedger {
  readonly orgId: OrgId | null;
  readonly seq: number | null;
  readonly what: string;
}

const LEDGERS = 200;

/** One organisation: its chain, and whether what is stored beside the journal is what the journal adds up to. */
async function checkLedger(
  licences: LedgerStore,
  orgId: OrgId,
): Promise<{ records: number; broken: BrokenLedger[] }> {
  const stored = await licences.book(orgId, ALWAYS);
  const walked = walk();
  let book = emptyBook(orgId);
  let records = 0;
  for await (const posted of journalOf(licences, orgId)) {
    records++;
    walked.take(linkOf(posted));
    try {
      book = apply(book, posted);
    } catch (error) {
      return {
        records,
        broken: [{ orgId, seq: posted.seq, what: error instanceof Error ? error.message : "unreadable" }],
      };
    }
  }
  const breaks = walked.end().breaks.map(({ seq, why }) => ({ orgId, seq, what: why }));
  const wrong = differences(stored, book).map((part) => ({
    orgId,
    seq: null,
    what: `${part} differ from the journal`,
  }));
  const sums = await licences.sums(orgId);
  const untrue = [...book.balances].flatMap(([account, held]) =>
    [...held]
      .filter(([commodity, ticks]) => sums.get(`${account} ${commodity}`) !== ticks)
      .map(([commodity]) => ({
        orgId,
        seq: null,
        what: `postings of ${account} in ${commodity} differ from the journal`,
      })),
  );
  return { records, broken: [...breaks, ...wrong, ...untrue] };
}

/** Every ledger (I-11), and that nothing is under way between two organisations (I-4). Looks and changes nothing. */
export async function checkLedgers(
  licences: LedgerStore,
): Promise<{ ledgers: number; records: number; broken: BrokenLedger[] }> {
  const found = { ledgers: 0, records: 0, broken: [] as BrokenLedger[] };
  let after: OrgId | null = null;
  for (;;) {
    const orgs: OrgId[] = await licences.ledgers(after, LEDGERS);
    for (const orgId of orgs) {
      const { records, broken } = await checkLedger(licences, orgId);
      found.ledgers++;
      found.records += records;
      found.broken.push(...broken);
    }
    after = orgs.at(-1) ?? null;
    if (orgs.length < LEDGERS) break;
  }
  for (const [commodity, ticks] of await licences.hubBalances(ACCOUNTS.transit)) {
    if (ticks !== 0)
      found.broken.push({ orgId: null, seq: null, what: `${ticks} ticks of ${commodity} are under way` });
  }
  return found;
}
