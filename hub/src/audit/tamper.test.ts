import type { OrgId } from "@fyr/protocol";
import { seededRandom, type Random } from "@fyr/runtime";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { rawDatabase } from "../testing/raw-database.ts";
import { newOrg, organisationRecord } from "../testing/records.ts";
import type { Database } from "../store/database.ts";
import type { HubStore } from "../store/store.ts";
import { checkChains } from "./check-chains.ts";

const LONG = process.env.FYR_LONG === "1";
const ENTRIES = 100_000;
const FLIPS = LONG ? 1_000 : 50;
/** Flips that are looked for one at a time, each through the whole log. */
const ALONE = LONG ? 20 : 2;

const TEXTS = ["actor", "action", "object", "before", "after", "previous", "hash"] as const;

async function writeLog(store: HubStore, orgId: OrgId, entries: number): Promise<void> {
  for (let n = 0; n < entries; n += 1_000) {
    const changes = Array.from({ length: Math.min(1_000, entries - n) }, (_, at) => ({
      ...{ orgId, at: 1_780_000_000_000 + n + at, actor: `account:${at % 7}`, action: "device.renamed" },
      ...{
        object: newOrg(),
        before: { name: `Camera ${at}` },
        after: { name: `Façade "${n}"`, tags: ["é", at] },
      },
    }));
    await store.write(({ audit }) => audit.append(changes));
  }
}

const below = (random: Random, bound: number): number => Math.floor(random.next() * bound);

/** `text` with one bit of one byte flipped, such that it still is text. */
function flipped(text: string, random: Random): string {
  for (;;) {
    const bytes = Buffer.from(text);
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    const other = bytes.toString("utf8");
    if (!bytes.includes(0) && Buffer.from(other).equals(bytes)) return other;
  }
}

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let raw: Database;
  const audit = () => opened.store.read.audit;

  describe.skipIf(!runs)("an audit log", () => {
    beforeAll(async () => {
      opened = await open();
      raw = rawDatabase(opened.url);
    });
    afterAll(async () => {
      await raw.close();
      await opened.drop();
    });

    /** Flips a bit of one row; gives back what undoes it. */
    async function flip(orgId: OrgId, seq: number, random: Random): Promise<() => Promise<void>> {
      const columns = [...TEXTS, "at"] as const;
      const column = columns[below(random, columns.length)] ?? "at";
      const row = await raw.writer
        .selectFrom("audit")
        .selectAll()
        .where("org_id", "=", orgId)
        .where("seq", "=", seq)
        .executeTakeFirstOrThrow();
      const value = column === "at" ? row.at ^ (1 << below(random, 30)) : flipped(row[column], random);
      const write = async (cell: string | number) => {
        const set = sql`update audit set ${sql.ref(column)} = ${cell} where org_id = ${orgId} and seq = ${seq}`;
        await set.execute(raw.writer);
      };
      await write(value);
      return () => write(row[column]);
    }

    /** A log of its own with its exported end. */
    async function small(entries = 20) {
      const orgId = newOrg();
      await writeLog(opened.store, orgId, entries);
      const head = await audit().head(orgId);
      const broken = async (known: boolean) =>
        (await checkChains(audit(), known ? [{ orgId, ...head }] : [])).broken.filter(
          (each) => each.orgId === orgId,
        );
      const change = async (text: ReturnType<typeof sql>) => void (await text.execute(raw.writer));
      return { orgId, head, broken, change };
    }

    test(`${name}: B1-R1: a number that was altered by far is a gap, and the look at it ends`, async () => {
      const { orgId, broken, change } = await small();
      await change(sql`update audit set seq = 9007199254740000 where org_id = ${orgId} and seq = 20`);
      await change(sql`update audit_heads set seq = 9007199254740000 where org_id = ${orgId}`);
      expect(await broken(false)).toEqual([
        { orgId, seq: 20, why: "gap" },
        { orgId, seq: 9007199254740000, why: "altered" },
      ]);
      await change(sql`delete from audit where org_id = ${orgId}`);
      await change(sql`delete from audit_heads where org_id = ${orgId}`);
    });

    test(`${name}: B1-R1: an entry that was taken out is a gap`, async () => {
      const { orgId, broken, change } = await small();
      await change(sql`delete from audit where org_id = ${orgId} and seq = 7`);
      expect(await broken(false)).toEqual([{ orgId, seq: 7, why: "gap" }]);
    });

    test(`${name}: B1-R1: a deleted tail shows by the end that is kept beside the entries`, async () => {
      const { orgId, broken, change } = await small();
      await change(sql`delete from audit where org_id = ${orgId} and seq > 15`);
      expect(await broken(false)).toEqual([{ orgId, seq: 20, why: "tail missing" }]);
    });

    test(`${name}: B1-R1: a tail that was deleted with its end is caught by the exported head`, async () => {
      const { orgId, broken, change } = await small();
      const [last] = await audit().links(orgId, 15, 15);
      await change(sql`delete from audit where org_id = ${orgId} and seq > 15`);
      await change(sql`update audit_heads set seq = 15, hash = ${last?.hash} where org_id = ${orgId}`);
      expect(await broken(false)).toEqual([]);
      expect(await broken(true)).toEqual([{ orgId, seq: 20, why: "tail missing" }]);
      await writeLog(opened.store, orgId, 10);
      expect(await broken(false)).toEqual([]);
      expect(await broken(true)).toEqual([{ orgId, seq: 20, why: "rewritten" }]);
    });

    test(`${name}: B1-R1: a whole log that was deleted shows, with its organisation and with an exported head`, async () => {
      const { orgId, broken, change } = await small();
      await change(sql`delete from audit where org_id = ${orgId}`);
      await change(sql`delete from audit_heads where org_id = ${orgId}`);
      expect(await broken(true)).toEqual([{ orgId, seq: 20, why: "tail missing" }]);
      await opened.store.write(({ organisations }) =>
        organisations.insert(organisationRecord({ id: orgId })),
      );
      expect(await broken(false)).toEqual([{ orgId, seq: 0, why: "head missing" }]);
      await change(sql`delete from organisations where id = ${orgId}`);
    });

    test(`${name}: B1-R1: entries behind the end, and an end that is gone, are seen`, async () => {
      const { orgId, head, broken, change } = await small();
      await change(sql`update audit set seq = seq + 1000 where org_id = ${orgId} and seq = 5`);
      expect(await broken(false)).toEqual([
        { orgId, seq: 5, why: "gap" },
        { orgId, seq: 21, why: "behind the head" },
      ]);
      await change(sql`update audit set seq = 5 where org_id = ${orgId} and seq = 1005`);
      await change(sql`delete from audit_heads where org_id = ${orgId}`);
      expect(await broken(true)).toEqual([{ orgId, seq: head.seq, why: "head missing" }]);
    });

    test(`${name}: what is written while the log is looked through is no break`, async () => {
      const { orgId, broken } = await small(3_000);
      const looks = Array.from({ length: 5 }, () => broken(true));
      await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          opened.store.write(({ audit }) =>
            audit.append([{ orgId, at, actor: "operator", action: "a.b", object: "o" }]),
          ),
        ),
      );
      expect((await Promise.all(looks)).flat()).toEqual([]);
      expect(await broken(true)).toEqual([]);
    });

    test(`${name}: B1-R1: any flipped byte of a log of 100,000 entries is detected, at its entry`, async () => {
      const orgId = newOrg();
      await writeLog(opened.store, orgId, ENTRIES);
      const mine = async () => (await checkChains(audit())).broken.filter((each) => each.orgId === orgId);
      expect(await mine()).toEqual([]);
      const random = seededRandom(`tamper ${name}`);
      const part = ENTRIES / FLIPS;
      // Never side by side, so that each is judged as if it were alone: a link is judged by the one before it.
      const seqs = Array.from({ length: FLIPS }, (_, n) => n * part + 1 + below(random, part - 1));
      const undo = new Map<number, () => Promise<void>>();
      for (const seq of seqs) undo.set(seq, await flip(orgId, seq, random));
      const found = new Set((await mine()).map(({ seq }) => seq));
      expect(seqs.filter((seq) => !found.has(seq))).toEqual([]);
      expect([...found].filter((seq) => !undo.has(seq) && !undo.has(seq - 1))).toEqual([]);
      for (const back of undo.values()) await back();
      expect(await mine()).toEqual([]);

      for (const seq of seqs.slice(0, ALONE)) {
        const back = await flip(orgId, seq, random);
        expect((await mine())[0]).toMatchObject({ orgId, seq });
        await back();
      }
    }, 600_000);
  });
});
