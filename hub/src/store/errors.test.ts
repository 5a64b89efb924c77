import { FOUNDER, ownerOf } from "../testing/members.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import { memoryStore, serialOf, testHub, testSite } from "../testing.ts";
import { newOrg } from "../testing/records.ts";
import { isStoreDown, storeFault } from "./errors.ts";
import { migrate } from "./migrations/index.ts";
import { openSqlite } from "./sqlite.ts";
import { hubStore } from "./store.ts";

const named = (code: string, message = "x") => Object.assign(new Error(message), { code });

test("drivers' errors have one name each", () => {
  const code = (error: unknown) => (storeFault(error) as { code?: string }).code;
  expect(["SQLITE_FULL", "53100", "ENOSPC"].map((text) => code(named(text)))).toEqual(
    Array(3).fill("HUB_DISK_FULL"),
  );
  expect(["SQLITE_BUSY", "53300"].map((text) => code(named(text)))).toEqual(Array(2).fill("HUB_BUSY"));
  const failed = ["SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT", "57P01", "08006", "ECONNREFUSED", "ECONNRESET"];
  expect(failed.map((text) => code(named(text)))).toEqual(Array(6).fill("STORE_FAILED"));
  expect(code(new Error("Connection terminated unexpectedly"))).toBe("STORE_FAILED");
});

test("what says something about the work stays what it is", () => {
  for (const error of [
    named("SQLITE_CONSTRAINT_UNIQUE"),
    named("23505"),
    named("22021"),
    new TypeError("bug"),
  ]) {
    expect(storeFault(error)).toBe(error);
    expect(isStoreDown(storeFault(error))).toBe(false);
  }
});

test("a full disk is said, loses nothing that was acknowledged, and heals", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fyr-hub-"));
  const database = openSqlite(join(folder, "hub.db"));
  await migrate(database.writer, database.kind);
  const hub = await testHub({ store: hubStore(database, () => Promise.resolve()) });
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  await site.report(...Array.from({ length: 100 }, (_, n) => ({ serial: serialOf(n) })));
  const pragma = async (text: string) =>
    (await database.writer.executeQuery(CompiledQuery.raw(`pragma ${text}`))).rows[0];
  const { page_count: pages } = (await pragma("page_count")) as { page_count: number };
  await pragma(`max_page_count = ${pages + 3}`);

  const { items } = await hub.services.devices(ownerOf(orgId), { limit: 100 });
  const targets = items.map(({ id }) => ({ deviceId: id, digest: hub.images[0]!.digest }));
  const wish = () => hub.services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, "key");
  await expect(wish()).rejects.toMatchObject({ code: "HUB_DISK_FULL" });
  expect((await hub.services.upgrades(ownerOf(orgId), { limit: 5 })).items).toEqual([]);

  await pragma("max_page_count = 100000");
  const upgrade = await wish();
  await site.sync({ capacity: { jobs: 100, cacheFreeBytes: 0 } });
  for (const job of site.jobs.values()) job.succeed();
  const { page_count: now } = (await pragma("page_count")) as { page_count: number };
  await pragma(`max_page_count = ${now}`);
  const fill = async (): Promise<string> => {
    for (let n = 0; ; n++) {
      const added = hub.services.createOrganisation(FOUNDER, { name: `filler ${n} ${"x".repeat(3_000)}` });
      const error = await added.then(
        () => null,
        (fault: { code: string }) => fault.code,
      );
      if (error !== null) return error;
    }
  };
  expect(await fill()).toBe("HUB_DISK_FULL");
  await expect(site.sync()).rejects.toMatchObject({ code: "HUB_DISK_FULL" });
  expect((await hub.services.upgrade(ownerOf(orgId), upgrade.id)).counts).toEqual({ leased: 100 });

  await pragma("max_page_count = 100000");
  await site.sync();
  expect((await hub.services.upgrade(ownerOf(orgId), upgrade.id)).counts).toEqual({ succeeded: 100 });
  await hub.close();
  await rm(folder, { recursive: true });
});

test("a transaction on SQLite has its lock from the start, so that it cannot lose it half way", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fyr-hub-"));
  const path = join(folder, "hub.db");
  const database = openSqlite(path);
  await migrate(database.writer, database.kind);
  const store = hubStore(database, () => Promise.resolve());
  const other = new BetterSqlite(path, { timeout: 0 });
  const code = await store.write(async () => {
    try {
      other.exec("begin immediate");
      return "taken";
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
  expect(code).toBe("SQLITE_BUSY");
  other.close();
  await store.close();
  await rm(folder, { recursive: true });
});

test("a database that is gone is a named fault, for questions too", async () => {
  const store = await memoryStore();
  await store.close();
  const code = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (error: { code?: string }) => error.code,
    );
  const { id } = { id: newOrg() };
  expect(await code(store.write(({ organisations }) => organisations.find(id)))).toBe("STORE_FAILED");
  expect(await code(store.read.organisations.find(id))).toBe("STORE_FAILED");
  expect(await code(store.standing("serial"))).toBe("STORE_FAILED");
});
