import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { silentLog, systemFiles, systemRandom } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import type { TlsCredentials } from "@fyr/certs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureKeys, loadKeys, orderKeys, orderSigner, rootKeyHash } from "./keys.ts";
import { ensureServerLeaf, LEAF_CHECK_MS, serverLeafPath, watchServerLeaf } from "./server-leaf.ts";
import { keyHash, spkiOf, verifyOrder } from "@fyr/certs";

/** Patient: other tests share the machine. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 5 });

const DAY_MS = 24 * 60 * 60 * 1000;
let folder: string;
let clock: ReturnType<typeof fakeClock>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-pki-"));
  clock = fakeClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keys = () =>
  ensureKeys(systemFiles, folder, systemRandom, { publishesHere: true, nowMs: clock.wall() });
const ports = () => ({ files: systemFiles, clock, random: systemRandom, log: silentLog });
const serial = ({ chainPem }: TlsCredentials) => new X509Certificate(chainPem).serialNumber;

test("a good certificate is kept; one that is old, or for other hosts, is replaced", async () => {
  const { pki } = await keys();
  const ensure = (...hosts: string[]) => ensureServerLeaf(ports(), { pki, folder, hosts });
  const first = await ensure("hub.example", "10.0.0.1");
  expect(await ensure("10.0.0.1", "hub.example")).toEqual(first);
  const renamed = await ensure("hub.example");
  expect(serial(renamed)).not.toBe(serial(first));
  await clock.advance(9 * DAY_MS);
  expect(await ensure("hub.example")).toEqual(renamed);
  await clock.advance(2 * DAY_MS);
  expect(serial(await ensure("hub.example"))).not.toBe(serial(renamed));
});

test("one that was issued while the clock was ahead is replaced when the clock is right again", async () => {
  const { pki } = await keys();
  const of = { pki, folder, hosts: ["localhost"] };
  const ahead = await ensureServerLeaf(
    { ...ports(), clock: { ...clock, wall: () => clock.wall() + 300 * DAY_MS } },
    of,
  );
  const right = await ensureServerLeaf(ports(), of);
  expect(serial(right)).not.toBe(serial(ahead));
  expect(new X509Certificate(right.chainPem).validFromDate.getTime()).toBeLessThanOrEqual(clock.wall());
});

test("a running hub renews it by itself, day after day", async () => {
  const { pki } = await keys();
  const of = { pki, folder, hosts: ["localhost"] };
  await ensureServerLeaf(ports(), of);
  const shown: string[] = [];
  const stop = watchServerLeaf(ports(), of, (credentials) => shown.push(serial(credentials)));
  for (let day = 1; day <= 40; day++) {
    await clock.advance(LEAF_CHECK_MS);
    await eventually(() => shown.length).toBe(day);
  }
  stop();
  await clock.advance(10 * LEAF_CHECK_MS);
  expect(shown).toHaveLength(40);
  expect(new Set(shown).size).toBeGreaterThanOrEqual(4);
  const left =
    new X509Certificate(await readFile(serverLeafPath(folder))).validToDate.getTime() - clock.wall();
  expect(left).toBeGreaterThan(0);
});

test("keys are made once, read back, and vouch for each other", async () => {
  const made = await keys();
  await keys();
  const read = await loadKeys(systemFiles, folder);
  expect(read.orders.keyid).toBe(made.orders.keyid);
  expect(rootKeyHash(read.pki)).toBe(keyHash(spkiOf(new X509Certificate(made.pki.rootPem).publicKey)));
  const claims = { agentId: "a", sequence: 1, expiresMs: clock.wall() + 1, body: {} };
  const document = orderSigner(read.orders).sign(claims as never);
  const context = { agentId: "a", nowMs: clock.wall(), lastSequence: 0 };
  expect(verifyOrder(orderKeys(made), document, context)).toEqual(claims);
});

test("a folder without keys is not a hub, and publishers elsewhere leave none of theirs here", async () => {
  await expect(loadKeys(systemFiles, folder)).rejects.toMatchObject({ code: "HUB_NOT_INITIALISED" });
  const wish = { publishesHere: false, nowMs: clock.wall() };
  const { releases } = await ensureKeys(systemFiles, folder, systemRandom, wish);
  expect([releases.root, releases.targets]).toEqual([null, null]);
});
