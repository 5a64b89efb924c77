import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testSigningKey } from "@fyr/certs/testing";
import { OrgId } from "@fyr/protocol";
import { silentLog, systemFiles } from "@fyr/runtime";
import { testDatabase } from "@fyr/runtime/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditJson } from "../audit/export.ts";
import { exportSigner } from "../exports/keys.ts";
import { ensureExportKey } from "../pki/keys.ts";
import { openStoreToRead } from "../store/store.ts";
import { openAt } from "../testing/databases.ts";
import { rawDatabase } from "../testing/raw-database.ts";
import { organisationRecord } from "../testing/records.ts";
import { killAll, run, startedHub } from "./testing/process.ts";

/** A process of its own takes its time on a machine that has much to do. */
const START_MS = 120_000;

let folder: string;
let keyFile: string;
const url = () => `sqlite:${join(folder, "hub.db")}`;
const ORG = OrgId.parse("0190a0b0-0000-7000-8000-0000000000b1");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-audit-"));
  await run(["init", "--data", folder]);
  keyFile = join(folder, "exports.pub");
  await writeFile(keyFile, (await run(["audit", "key", "--data", folder])).stdout);
  await write(url(), 30);
});
afterAll(async () => {
  killAll();
  await rm(folder, { recursive: true, force: true });
});

async function write(at: string, entries: number): Promise<void> {
  const store = await openAt(at);
  const changes = Array.from({ length: entries }, (_, n) => ({
    ...{ orgId: ORG, at: n, actor: "operator", action: "device.renamed", object: `o${n}` },
  }));
  await store.write(({ audit }) => audit.append(changes));
  await store.close();
}

async function exported(name: string, signer = ensureExportKey(systemFiles, join(folder, "keys"))) {
  const store = await openAt(url());
  const { audit } = store.read;
  const wanted = { orgId: ORG, filter: {}, whose: "everybody", head: await audit.head(ORG), at: 0 } as const;
  let text = "";
  for await (const piece of auditJson(audit, await signer, wanted)) text += piece;
  await store.close();
  const file = join(folder, name);
  await writeFile(file, text);
  return { file, text };
}

const verifyFile = (file: string, key = keyFile) => run(["audit", "verify", file, "--key", key]);
const verify = (...more: string[]) => run(["verify", "--data", folder, ...more]);

async function around(at: string, ...changes: readonly ReturnType<typeof sql>[]): Promise<void> {
  const raw = rawDatabase(at);
  for (const change of changes) await change.execute(raw.writer);
  await raw.close();
}

test("B1-R1: a signed export is found whole, and what was done to it is said", async () => {
  const { file, text } = await exported("whole.jsonl");
  const whole = await verifyFile(file);
  expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining("30 entries of organisation")]);
  await writeFile(file, text.replace("device.renamed", "device.removed"));
  const altered = await verifyFile(file);
  expect(altered.code).toBe(1);
  expect(altered.stdout).toContain("entry 1: altered");
  await writeFile(
    file,
    text
      .split(/(?<=\n)/)
      .slice(0, 20)
      .join(""),
  );
  expect(await verifyFile(file)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("its end is missing") as string,
  });
  await writeFile(file, text);
  const json = await run(["audit", "verify", file, "--key", keyFile, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ entries: 30, seal: null, breaks: [], strange: [] });
});

test("B1-R1: an export that another hub signed, or a key that is none, is told apart", async () => {
  const { file } = await exported(
    "foreign.jsonl",
    Promise.resolve(exportSigner(testSigningKey("elsewhere"))),
  );
  expect((await verifyFile(file)).stdout).toContain("another key");
  expect((await verifyFile(file, file)).stderr).toContain("no Ed25519 public key");
  expect((await verifyFile(file, join(folder, "none"))).stderr).toContain("ENOENT");
  expect((await verify("--export", file)).stderr).toContain("no whole export of this hub");
});

test(
  "B1-R1: verify looks through a hub's database while it runs, and changes nothing",
  async () => {
    const running = await startedHub(folder, { HUB_MQTT: "false" });
    const found = await verify("--json");
    expect([found.code, JSON.parse(found.stdout)]).toEqual([
      0,
      [
        { name: "audit", looked: "30 entries in 1 chains", findings: [] },
        { name: "licences", looked: "0 records in 0 ledgers", findings: [] },
      ],
    ]);
    running.process.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  },
  START_MS,
);

test("B1-R1: verify says which entry was tampered with, and what an export shows beside it", async () => {
  const { file } = await exported("before.jsonl");
  expect((await verify("--export", file)).code).toBe(0);
  await around(url(), sql`update audit set actor = 'nobody' where seq = 11`);
  const altered = await verify();
  expect(altered.code).toBe(1);
  expect(altered.stdout).toContain(`organisation ${ORG}, entry 11: altered`);
  await around(url(), sql`update audit set actor = 'operator' where seq = 11`);

  const hash = sql`(select hash from audit where seq = 25)`;
  await around(
    url(),
    sql`update audit_heads set seq = 25, hash = ${hash}`,
    sql`delete from audit where seq > 25`,
  );
  expect((await verify()).code).toBe(0);
  const short = await verify("--export", file);
  expect([short.code, short.stdout]).toEqual([1, expect.stringContaining("entry 30: tail missing")]);
});

test("B1-R1: verify looks through PostgreSQL too, and cannot write there", async () => {
  const { url: at, drop } = await testDatabase();
  await write(at, 12);
  const env = { HUB_DATABASE_URL: at };
  expect(await run(["verify", "--data", folder], env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^audit: 12 entries in 1 chains, all in order$/m),
  });
  await around(at, sql`delete from audit where seq = 3`);
  const broken = await run(["verify", "--data", folder], env);
  expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining("entry 3: gap")]);
  const store = openStoreToRead(at, { log: silentLog, turn: () => Promise.resolve() });
  const writing = store.write(({ organisations }) => organisations.insert(organisationRecord({ id: ORG })));
  await expect(writing).rejects.toMatchObject({ code: "STORE_FAILED" });
  await store.close();
  await drop();
});

test(
  "a hub of before gets its export key when it starts, and keeps it",
  async () => {
    const old = await mkdtemp(join(tmpdir(), "fyr-old-"));
    await run(["init", "--data", old]);
    await rm(join(old, "keys", "exports.pem"));
    expect((await run(["audit", "key", "--data", old])).stderr).toContain("HUB_NOT_INITIALISED");
    const running = await startedHub(old, { HUB_MQTT: "false" });
    const pem = await readFile(join(old, "keys", "exports.pem"), "utf8");
    const shown = (await run(["audit", "key", "--data", old])).stdout;
    expect(shown).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    running.process.kill("SIGTERM");
    await running.ended;
    await run(["init", "--data", old]);
    expect(await readFile(join(old, "keys", "exports.pem"), "utf8")).toBe(pem);
    await rm(old, { recursive: true });
  },
  START_MS,
);

test("verify of a folder without a hub says so and makes nothing there", async () => {
  const empty = await mkdtemp(join(tmpdir(), "fyr-empty-"));
  expect((await run(["verify", "--data", empty])).stderr).toContain("HUB_NOT_INITIALISED");
  expect(await readdir(empty)).toEqual([]);
  await rm(empty, { recursive: true });
});
