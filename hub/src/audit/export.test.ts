import type { AuditEntry, OrgId } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Member } from "../access/member.ts";
import { exportKey } from "../exports/keys.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { FOUNDER_ACTOR, ownerOf } from "../testing/members.ts";
import { newOrg } from "../testing/records.ts";
import { checkAuditExport, isSound } from "./check-export.ts";
import type { AuditFilter } from "./store.ts";

const LONG = process.env.FYR_LONG === "1";
const ENTRIES = LONG ? 20_000 : 2_000;
const FLIPS = LONG ? 1_000 : 50;

const ACTORS = ["operator", FOUNDER_ACTOR, "account:2"];
const viewerOf = (orgId: OrgId): Member => ownerOf(orgId, { role: "viewer", owner: false });

async function* cut(bytes: Uint8Array, size = 65_536) {
  for (let from = 0; from < bytes.length; from += size)
    yield await Promise.resolve(bytes.subarray(from, from + size));
}

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let hub: TestHub;

  describe.skipIf(!runs)("an export", () => {
    beforeAll(async () => {
      opened = await open();
      hub = await testHub({ store: opened.store });
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });

    const check = (bytes: Uint8Array) => checkAuditExport(exportKey(hub.ports.exports.publicKey), cut(bytes));

    async function write(orgId: OrgId, entries: number): Promise<void> {
      for (let n = 0; n < entries; n += 1_000) {
        const changes = Array.from({ length: Math.min(1_000, entries - n) }, (_, at) => ({
          ...{
            orgId,
            at: n + at,
            actor: ACTORS[at % 3] ?? FOUNDER_ACTOR,
            action: at % 2 ? "task.made" : "device.renamed",
          },
          ...{ object: `o${at % 5}`, before: null, after: { name: "=1+1", text: 'é "\r\n' } },
        }));
        await opened.store.write(({ audit }) => audit.append(changes));
      }
    }

    async function textOf(
      orgId: OrgId,
      format: "csv" | "json",
      filter: AuditFilter = {},
      member = ownerOf(orgId),
    ): Promise<string> {
      let text = "";
      for await (const piece of (await hub.services.exportAudit(member, { ...filter, format })).text)
        text += piece;
      return text;
    }
    const bytesOf = async (...wish: Parameters<typeof textOf>) => Buffer.from(await textOf(...wish));

    test(`${name}: B1-R1: any byte of a signed export that is flipped is detected`, async () => {
      const orgId = newOrg();
      await write(orgId, ENTRIES);
      const bytes = await bytesOf(orgId, "json");
      const checked = await check(bytes);
      const head = await opened.store.read.audit.head(orgId);
      expect(checked).toMatchObject({
        entries: ENTRIES,
        header: { orgId, head, filter: {}, onlyActor: null },
      });
      expect(isSound(checked)).toBe(true);
      const random = seededRandom(`export ${name}`);
      for (let n = 0; n < FLIPS; n++) {
        const at = Math.floor(random.next() * bytes.length);
        const bit = 1 << Math.floor(random.next() * 8);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        expect(isSound(await check(bytes)), `byte ${at}, bit ${bit}`).toBe(false);
        bytes[at] ^= bit;
      }
      expect(isSound(await check(bytes))).toBe(true);
    }, 1_800_000);

    test(`${name}: B1-R1: an entry taken out, a tail cut off and an entry put in are named`, async () => {
      const orgId = newOrg();
      await write(orgId, 8);
      const lines = (await textOf(orgId, "json")).split(/(?<=\n)/);
      const without = await check(Buffer.from(lines.toSpliced(4, 1).join("")));
      expect(without).toMatchObject({ seal: "altered", breaks: [{ seq: 4, why: "gap" }], entries: 7 });
      const short = await check(Buffer.from(lines.slice(0, 6).join("")));
      expect(short).toMatchObject({ seal: "cut short", breaks: [{ seq: 8, why: "tail missing" }] });
      const strange = await check(Buffer.from(lines.toSpliced(2, 0, '{"seq":2}\n').join("")));
      expect(strange).toMatchObject({ seal: "altered", strange: [3] });
      const headless = await check(Buffer.from(lines.slice(1).join("")));
      expect([headless.header, isSound(headless)]).toEqual([null, false]);
      expect(isSound(await check(Buffer.from("")))).toBe(false);
    });

    test(`${name}: what is written while an export is read belongs to the next one`, async () => {
      const orgId = newOrg();
      await write(orgId, 1_200);
      const { text } = await hub.services.exportAudit(ownerOf(orgId), { format: "json" });
      let found = "";
      for await (const piece of text) {
        found += piece;
        await write(orgId, 3);
      }
      const checked = await check(Buffer.from(found));
      expect([checked.entries, isSound(checked)]).toEqual([1_200, true]);
    });

    test(`${name}: no more of the log is read than what was taken`, async () => {
      const orgId = newOrg();
      await write(orgId, 3_000);
      const { page } = opened.store.read.audit;
      let read = 0;
      const counted = {
        ...opened.store.read.audit,
        page: (...asked: Parameters<typeof page>) => (read++, page(...asked)),
      };
      const watched = await testHub({
        store: { ...opened.store, read: { ...opened.store.read, audit: counted } },
      });
      const { text } = await watched.services.exportAudit(ownerOf(orgId), { format: "csv" });
      const pieces = text[Symbol.asyncIterator]();
      for (let taken = 0; taken < 3; taken++) await pieces.next();
      expect(read).toBe(2);
      await pieces.return?.();
      await watched.stop();
    });

    test(`${name}: A-24: an export holds what the filter and the reader's own entries leave, and still proves itself`, async () => {
      const orgId = newOrg();
      await write(orgId, 1_500);
      const all = (await opened.store.read.audit.page(orgId, { limit: 2_000 }, "everybody")).filter(
        ({ actor, action, at }) => actor === FOUNDER_ACTOR && action.startsWith("task") && at >= 100,
      );
      const filter = { action: "task.", from: 100 };
      const text = await textOf(orgId, "json", filter, viewerOf(orgId));
      const checked = await check(Buffer.from(text));
      expect(checked.header).toMatchObject({ filter, onlyActor: FOUNDER_ACTOR });
      expect(isSound(checked)).toBe(true);
      const entries = text.trimEnd().split("\n").slice(1, -1);
      expect(entries.map((line) => JSON.parse(line) as AuditEntry)).toEqual(all);
      const csv = await textOf(orgId, "csv", filter, viewerOf(orgId));
      expect(csv.match(/,account:/g)?.length).toBe(all.length);
    });

    test(`${name}: a part of the log whose entries were altered or moved and signed anew by nobody is no export`, async () => {
      const orgId = newOrg();
      await write(orgId, 10);
      const lines = (await textOf(orgId, "json", { action: "task" })).split(/(?<=\n)/);
      const [header = "", one = "", two = "", ...rest] = lines;
      const moved = await check(Buffer.from([header, two, one, ...rest].join("")));
      expect(moved.breaks).toContainEqual({ seq: 2, why: "reordered" });
      const altered = await check(
        Buffer.from([header, one.replace("account", "Account"), two, ...rest].join("")),
      );
      expect(altered.breaks).toEqual([{ seq: 2, why: "altered" }]);
    });

    test(`${name}: B1-T2: the CSV has a line of names, times as ISO 8601, and no cell that a spreadsheet runs`, async () => {
      const orgId = newOrg();
      const names = { actor: "=cmd()", action: "@SUM", object: "+1\t" };
      await opened.store.write(({ audit }) =>
        audit.append([{ orgId, at: 1_780_000_000_123, ...names, before: -5, after: { a: 'x"y' } }]),
      );
      const { hash } = await opened.store.read.audit.head(orgId);
      expect(await textOf(orgId, "csv")).toBe(
        "\uFEFFseq,at,actor,action,object,before,after,previous,hash\r\n" +
          `1,2026-05-28T20:26:40.123Z,'=cmd(),'@SUM,'+1\t,'-5,"{""a"":""x\\""y""}",${"0".repeat(64)},${hash}\r\n`,
      );
    });

    test(`${name}: a log without entries is exported, and proves to be empty`, async () => {
      const bytes = await bytesOf(newOrg(), "json");
      expect(await check(bytes)).toMatchObject({ entries: 0, seal: null, header: { head: { seq: 0 } } });
      expect(isSound(await check(bytes))).toBe(true);
    });
  });
});
