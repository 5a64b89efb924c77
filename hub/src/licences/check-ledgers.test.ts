import type { OrgId } from "@fyr/protocol";
import { sql, type RawBuilder } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { openOffice } from "../testing/licence-office.ts";
import { rawDatabase } from "../testing/raw-database.ts";
import { newOrg } from "../testing/records.ts";
import { verifyStore } from "../verify/checks.ts";
import { checkLedgers } from "./check-ledgers.ts";
import { emptyBook } from "./book.ts";

const CORE = "VMS/CORE/subscription";

/** What somebody does who has the database, and what `hub verify` says of it. `org` is the organisation. */
const TAMPERED: readonly (readonly [
  what: string,
  act: (org: string) => RawBuilder<unknown>[],
  seq: number | null,
  said: string,
])[] = [
  [
    "a posting that was changed",
    (org) => [
      sql`update licence_entries set ticks = ticks + 1 where org_id = ${org} and seq = 2 and line = 0`,
    ],
    2,
    "its postings differ from what was sealed",
  ],
  [
    "two postings that changed places, so that no sum is another",
    (org) => [
      sql`update licence_entries set line = 9 where org_id = ${org} and seq = 2 and line = 0`,
      sql`update licence_entries set line = 0 where org_id = ${org} and seq = 2 and line = 1`,
      sql`update licence_entries set line = 1 where org_id = ${org} and seq = 2 and line = 9`,
    ],
    2,
    "its postings differ from what was sealed",
  ],
  [
    "a posting that was taken out",
    (org) => [sql`delete from licence_entries where org_id = ${org} and seq = 3 and line = 1`],
    3,
    "its postings differ from what was sealed",
  ],
  [
    "a posting that was put in",
    (org) => [
      sql`insert into licence_entries (org_id, seq, line, account, commodity, ticks, lot) values (${org}, 1, 7, ${"used"}, ${CORE}, 0, null)`,
    ],
    1,
    "its postings differ from what was sealed",
  ],
  [
    "a posting behind the last record",
    (org) => [
      sql`insert into licence_entries (org_id, seq, line, account, commodity, ticks, lot) values (${org}, 99, 0, ${"used"}, ${CORE}, 0, null)`,
    ],
    99,
    "behind the head",
  ],
  [
    "a balance that was changed",
    (org) => [
      sql`update licence_balances set ticks = ticks + 133590 where org_id = ${org} and account = ${`wallet:${org}`}`,
    ],
    null,
    "balances differ from the journal",
  ],
  [
    "a lot that was made younger",
    (org) => [
      sql`update licence_lots set facts = replace(facts, '"expiresOn":"2031', '"expiresOn":"2039') where org_id = ${org}`,
    ],
    null,
    "lots differ from the journal",
  ],
  [
    "seats that nobody paid",
    (org) => [
      sql`update licence_allocations set body = replace(body, '"qty":4', '"qty":9') where org_id = ${org}`,
    ],
    null,
    "allocations differ from the journal",
  ],
  [
    "a product that was never started",
    (org) => [
      sql`insert into licence_subscriptions (org_id, product, started_on) values (${org}, ${"DM"}, ${"2026-03-02"})`,
    ],
    null,
    "started differ from the journal",
  ],
  [
    "a first day that was moved",
    (org) => [sql`update licence_heads set anchor = ${"2026-01-01"} where org_id = ${org}`],
    null,
    "anchor differ from the journal",
  ],
  [
    "a record that was altered",
    (org) => [
      sql`update licence_txs set body = replace(body, 'account:anna', 'account:eve') where org_id = ${org} and seq = 2`,
    ],
    2,
    "altered",
  ],
  [
    "a hash that was written anew",
    (org) => [sql`update licence_txs set hash = ${"0".repeat(64)} where org_id = ${org} and seq = 2`],
    3,
    "unlinked",
  ],
  [
    "a record that is gone",
    (org) => [sql`delete from licence_txs where org_id = ${org} and seq = 2`],
    2,
    "gap",
  ],
  [
    "the last record, cut off",
    (org) => [sql`delete from licence_txs where org_id = ${org} and seq = 3`],
    3,
    "tail missing",
  ],
  [
    "a record behind the end that the hub keeps",
    (org) => [
      sql`insert into licence_txs (org_id, seq, id, type, product, effective_on, actor, body, previous, hash)
          select org_id, 4, ${"x"}, type, product, effective_on, actor, body, hash, hash from licence_txs where org_id = ${org} and seq = 3`,
    ],
    4,
    "behind the head",
  ],
  [
    "an end that is gone, so that nobody would look",
    (org) => [sql`delete from licence_heads where org_id = ${org}`],
    null,
    "head missing",
  ],
];

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;

  /** Three records: a start, a key, an allocation of four seats. */
  async function ledger(): Promise<OrgId> {
    const orgId = newOrg();
    const office = openOffice();
    office.count(orgId, "2026-03-02", { CORE: 4 });
    office.start(orgId, "2026-03-02");
    office.key(orgId, "2026-03-02", { CORE: 10 });
    office.fill(orgId, "2026-03-02", { 0: { CORE: 4 } });
    await opened.store.write(async ({ licences }) => {
      await licences.lockLedgers([orgId]);
      await licences.post(emptyBook(orgId), office.book(orgId), office.journal(orgId));
    });
    return orgId;
  }

  const around = async (...acts: readonly RawBuilder<unknown>[]) => {
    const raw = rawDatabase(opened.url);
    for (const act of acts) await act.execute(raw.writer);
    await raw.close();
  };

  describe.skipIf(!runs)("hub verify", () => {
    beforeAll(async () => {
      opened = await open();
      // Whoever owns the database can also take away what keeps its records.
      for (const table of ["licence_txs", "licence_entries"])
        for (const trigger of name === "SQLite" ? ["no_update", "no_delete"] : ["kept", "whole"])
          await around(
            name === "SQLite"
              ? sql.raw(`drop trigger if exists ${table}_${trigger}`)
              : sql.raw(`drop trigger if exists ${table}_${trigger} on ${table}`),
          );
    });
    afterAll(() => opened.drop());

    test(`${name}: I-11: a ledger that nobody touched holds, and what is stored can be read from its journal`, async () => {
      await ledger();
      const { broken, ledgers, records } = await checkLedgers(opened.store.read.licences);
      expect([broken, records]).toEqual([[], 3 * ledgers]);
    });

    test.each(TAMPERED)(`${name}: I-11: %s is found`, async (_what, act, seq, said) => {
      const orgId = await ledger();
      await around(...act(orgId));
      const { broken } = await checkLedgers(opened.store.read.licences);
      expect(broken.filter((each) => each.orgId === orgId)).toContainEqual({ orgId, seq, what: said });
    });

    test(`${name}: every one of them is told with its place, and the command's answer is no`, async () => {
      const checks = await verifyStore(opened.store.read, { auditHeads: [] });
      const found = checks.find((check) => check.name === "licences")?.findings ?? [];
      expect(new Set(found.map(({ where }) => where)).size).toBe(TAMPERED.length);
      expect(found.map(({ where }) => where).every((where) => where.startsWith("organisation "))).toBe(true);
    });
  });
});
