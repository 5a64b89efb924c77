import { canonicalJson, type OrgId } from "@fyr/protocol";
import { walk, type Head } from "../chain/chain.ts";
import { apply, emptyBook, type Book } from "./book.ts";
import { ACCOUNTS } from "./journal.ts";
import { ALWAYS, differences, journalPages, linkOf, PAGE } from "./rebuild.ts";
import type { LedgerStore, Posted, Posting } from "./store.ts";

/** Where a ledger does not hold. */
export interface BrokenLedger {
  readonly orgId: OrgId | null;
  readonly seq: number | null;
  readonly what: string;
}

const LEDGERS = 200;
/** How often a ledger that is being written to is looked at anew. */
const TRIES = 5;
/** Beyond any record that there is. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Records whose postings are not those that were sealed, and postings of no record. */
function strayPostings(records: readonly Posted[], postings: readonly Posting[]): number[] {
  const bySeq = new Map<number, Posting[]>();
  for (const each of postings) bySeq.set(each.seq, [...(bySeq.get(each.seq) ?? []), each]);
  const told = new Map(records.map(({ seq, entries }) => [seq, entries]));
  const asKept = (seq: number) =>
    (told.get(seq) ?? []).map(({ account, commodity, ticks, lot = null }, line) => ({
      ...{ seq, line, account, commodity, ticks, lot },
    }));
  const numbers = [...new Set([...told.keys(), ...bySeq.keys()])].sort((a, b) => a - b);
  return numbers.filter((seq) => canonicalJson(bySeq.get(seq) ?? []) !== canonicalJson(asKept(seq)));
}

/** What is stored of a ledger, as it was at the end of its chain: others may be writing meanwhile. */
async function storedAt(licences: LedgerStore, orgId: OrgId): Promise<{ head: Head | null; book: Book }> {
  for (let tries = 1; ; tries++) {
    const head = await licences.ledgerHead(orgId);
    const book = await licences.book(orgId, ALWAYS);
    if (tries === TRIES || (await licences.ledgerHead(orgId))?.seq === head?.seq) return { head, book };
  }
}

/** One organisation: its chain, its postings, and whether what is stored beside them is what they add up to. */
async function checkLedger(
  licences: LedgerStore,
  orgId: OrgId,
): Promise<{ records: number; broken: BrokenLedger[] }> {
  const stored = await storedAt(licences, orgId);
  const end = stored.head?.seq ?? LAST;
  const walked = walk(stored.head ? { known: [stored.head] } : {});
  const broken: BrokenLedger[] = [];
  const found = (seq: number | null, what: string) => broken.push({ orgId, seq, what });
  let book: Book | null = emptyBook(orgId);
  let [records, last] = [0, 0];
  for await (const page of journalPages(licences, orgId, end)) {
    const upTo = page.at(-1)?.seq ?? last;
    const postings = await licences.postingsOf(orgId, last + 1, upTo);
    for (const seq of strayPostings(page, postings)) found(seq, "its postings differ from what was sealed");
    for (const posted of page) {
      walked.take(linkOf(posted));
      book = book && applied(book, posted, (what) => found(posted.seq, what));
    }
    [records, last] = [records + page.length, upTo];
  }
  if (stored.head)
    for (const seq of await behindTheHead(licences, orgId, last)) found(seq, "behind the head");
  else found(null, "head missing");
  for (const { seq, why } of walked.end().breaks) found(seq, why);
  // What cannot be read to its end adds up to nothing that could be compared.
  for (const part of book ? differences(stored.book, book) : [])
    found(null, `${part} differ from the journal`);
  return { records, broken };
}

/** Records and postings that go on behind the end of the chain: whoever posts moves the end with them. */
async function behindTheHead(licences: LedgerStore, orgId: OrgId, last: number): Promise<number[]> {
  const postings = await licences.postingsOf(orgId, last + 1, LAST);
  const records = await licences.journal(orgId, { after: String(last), limit: PAGE });
  const head = await licences.ledgerHead(orgId);
  const beyond = [...postings, ...records].map(({ seq }) => seq).filter((seq) => seq > (head?.seq ?? LAST));
  return [...new Set(beyond)].sort((a, b) => a - b);
}

function applied(book: Book, posted: Posted, refused: (what: string) => void): Book | null {
  try {
    return apply(book, posted);
  } catch (error) {
    refused(error instanceof Error ? error.message : "unreadable");
    return null;
  }
}

async function* ledgersOf(licences: LedgerStore): AsyncGenerator<OrgId> {
  yield* await licences.headless();
  for (let after: OrgId | null = null; ;) {
    const orgs: OrgId[] = await licences.ledgers(after, LEDGERS);
    yield* orgs;
    after = orgs.at(-1) ?? null;
    if (orgs.length < LEDGERS) return;
  }
}

/** Every ledger (I-11), and that nothing is under way between two organisations (I-4). Looks and changes nothing. */
export async function checkLedgers(
  licences: LedgerStore,
): Promise<{ ledgers: number; records: number; broken: BrokenLedger[] }> {
  const found = { ledgers: 0, records: 0, broken: [] as BrokenLedger[] };
  for await (const orgId of ledgersOf(licences)) {
    const { records, broken } = await checkLedger(licences, orgId);
    found.ledgers++;
    found.records += records;
    found.broken.push(...broken);
  }
  for (const [commodity, ticks] of await licences.hubBalances(ACCOUNTS.transit)) {
    if (ticks !== 0)
      found.broken.push({ orgId: null, seq: null, what: `${ticks} ticks of ${commodity} are under way` });
  }
  return found;
}
