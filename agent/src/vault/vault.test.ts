import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { isFault, Serial, type Fault } from "@fyr/protocol";
import { createLog, seededRandom, silentLog, systemFiles, systemRandom } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StateStore } from "../ports.ts";
import { memoryStore } from "../vapix/testing/memory-store.ts";
import { newMaster, readMaster, readOrMakeMaster, writeMaster, type MasterKey } from "./master.ts";
import { readScope, scopeText, type LoginScope } from "./scope.ts";
import { Secret } from "./secret.ts";
import { openVault } from "./vault.ts";

const SERIAL = Serial.parse("ACCC8E012345");
const OTHER = Serial.parse("ACCC8E012346");
const device = (serial: Serial): LoginScope => ({ kind: "device", serial });
const CANARY = "kanariefågel-8f2c1";

const open = (store: StateStore, master: MasterKey, owner = "agent 1") =>
  openVault({ store, random: systemRandom, log: silentLog, owner }, master);

test("the most specific login opens a device", () => {
  const vault = open(memoryStore(), newMaster(systemRandom));
  expect(vault.loginFor(SERIAL, null)).toBeNull();
  vault.put({ kind: "default" }, "root", new Secret("one"));
  vault.put({ kind: "group", name: "lobby" }, "root", new Secret("two"));
  vault.put(device(SERIAL), "admin", new Secret("three"));
  const opened = (serial: Serial, group: string | null) => vault.loginFor(serial, group)?.password.reveal();
  expect(opened(SERIAL, "lobby")).toBe("three");
  expect(opened(OTHER, "lobby")).toBe("two");
  expect(opened(OTHER, "garage")).toBe("one");
  expect(opened(OTHER, null)).toBe("one");
  vault.remove(device(SERIAL));
  expect(opened(SERIAL, "lobby")).toBe("two");
});

test("a login outlives the process, and its revision changes with each writing", () => {
  const [store, master] = [memoryStore(), newMaster(systemRandom)];
  open(store, master).put(device(SERIAL), "root", new Secret(CANARY));
  const first = open(store, master).loginFor(SERIAL, null);
  expect(first).toMatchObject({ user: "root" });
  expect(first?.password.reveal()).toBe(CANARY);
  open(store, master).put(device(SERIAL), "root", new Secret(CANARY));
  expect(open(store, master).loginFor(SERIAL, null)?.revision).not.toBe(first?.revision);
});

const sealedFault = (act: () => unknown): Fault => {
  try {
    act();
  } catch (error) {
    if (isFault(error)) return error;
  }
  throw new Error("opened");
};

test("wrong master, another owner, a flipped bit: the same fault, and nothing more", () => {
  const [store, master] = [memoryStore(), newMaster(systemRandom)];
  open(store, master).put(device(SERIAL), "root", new Secret(CANARY));
  const foreign = sealedFault(() => open(store, master, "agent 2"));
  const wrong = sealedFault(() => open(store, newMaster(systemRandom)));
  const [key] = store.keys("vault/key/");
  const bytes = store.get(key!)!;
  bytes[20]! ^= 1;
  store.put(key!, bytes);
  const flipped = sealedFault(() => open(store, master));
  for (const fault of [foreign, wrong, flipped])
    expect({ ...fault, message: fault.message }).toEqual({ ...wrong, message: "VAULT_SEALED" });
});

test("a record moved to another device, or changed in any bit, does not open", () => {
  const [store, master] = [memoryStore(), newMaster(systemRandom)];
  const vault = open(store, master);
  vault.put(device(SERIAL), "root", new Secret(CANARY));
  const record = Buffer.from(store.get(`vault/login/device:${SERIAL}`)!);
  store.put(`vault/login/device:${OTHER}`, record);
  expect(vault.loginFor(OTHER, null)).toBeNull();
  expect(vault.loginFor(SERIAL, null)?.password.reveal()).toBe(CANARY);
  const { key, data } = JSON.parse(record.toString()) as { key: string; data: string };
  fc.assert(
    fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 7 }), (inKey, at, bit) => {
      const part = Buffer.from(inKey ? key : data, "base64");
      part[at % part.length]! ^= 1 << bit;
      const changed = { key, data, [inKey ? "key" : "data"]: part.toString("base64") };
      store.put(`vault/login/device:${SERIAL}`, Buffer.from(JSON.stringify(changed)));
      expect(vault.loginFor(SERIAL, null)).toBeNull();
    }),
  );
});

test("one password sealed twice gives two texts, and neither holds it", () => {
  const store = memoryStore();
  const vault = open(store, newMaster(systemRandom));
  const seen = new Set<string>();
  for (let time = 0; time < 50; time++) {
    vault.put({ kind: "default" }, "root", new Secret(CANARY));
    const text = Buffer.from(store.get("vault/login/default")!).toString();
    seen.add(text);
    const { data } = JSON.parse(text) as { data: string };
    expect(Buffer.from(data, "base64").includes(CANARY)).toBe(false);
  }
  expect(seen.size).toBe(50);
});

test("a new master opens everything, the old one nothing", async () => {
  const [store, old, next] = [memoryStore(), newMaster(systemRandom), newMaster(systemRandom)];
  const vault = open(store, old);
  vault.put(device(SERIAL), "root", new Secret(CANARY));
  const record = store.get(`vault/login/device:${SERIAL}`);
  await vault.rotateMaster(next, async () => {});
  expect(open(store, next).loginFor(SERIAL, null)?.password.reveal()).toBe(CANARY);
  expect(() => open(store, old)).toThrow("VAULT_SEALED");
  expect(store.get(`vault/login/device:${SERIAL}`)).toEqual(record);
});

test.each(["old", "next"] as const)(
  "a rotation that is cut short is over at the start with the %s master",
  async (found) => {
    const store = memoryStore();
    const masters = { old: newMaster(systemRandom), next: newMaster(systemRandom) };
    const vault = open(store, masters.old);
    vault.put(device(SERIAL), "root", new Secret(CANARY));
    await expect(
      vault.rotateMaster(masters.next, () => Promise.reject(new Error("power cut"))),
    ).rejects.toThrow("power cut");
    expect(open(store, masters[found]).loginFor(SERIAL, null)?.password.reveal()).toBe(CANARY);
    expect(() => open(store, masters[found === "old" ? "next" : "old"])).toThrow("VAULT_SEALED");
  },
);

test("the master is a file that only its owner may read, in bytes or in digits", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fyr-vault-"));
  const path = join(folder, "master");
  const made = await readOrMakeMaster(systemFiles, path, seededRandom("master"));
  expect((await stat(path)).mode & 0o777).toBe(0o400);
  expect((await readOrMakeMaster(systemFiles, path, seededRandom("other"))).fingerprint).toBe(
    made.fingerprint,
  );
  const next = newMaster(seededRandom("next"));
  await writeMaster(systemFiles, path, next);
  expect((await readMaster(systemFiles, path))?.fingerprint).toBe(next.fingerprint);
  await systemFiles.replace(path, next.bytes);
  expect((await readMaster(systemFiles, path))?.fingerprint).toBe(next.fingerprint);
  await systemFiles.replace(path, Buffer.from("short"));
  await expect(readMaster(systemFiles, path)).rejects.toMatchObject({ code: "VAULT_SEALED" });
  await rm(folder, { recursive: true });
});

test("a login shows its password nowhere", () => {
  const vault = open(memoryStore(), newMaster(systemRandom));
  vault.put(device(SERIAL), "root", new Secret(CANARY));
  const login = vault.loginFor(SERIAL, null)!;
  const lines: string[] = [];
  const log = createLog({ name: "test", to: { write: (line: string) => void lines.push(line) } });
  log.info({ login, error: new Error("x", { cause: login }) }, String(login.password));
  const shown = [
    ...lines,
    JSON.stringify(vault.list()),
    JSON.stringify(login),
    inspect(login, { depth: 9, showHidden: true }),
  ];
  expect(vault.list()).toMatchObject([{ scope: { kind: "device", serial: SERIAL }, user: "root" }]);
  for (const text of shown) expect(text).not.toContain(CANARY);
});

test("scopes are written and read back", () => {
  const scopes: LoginScope[] = [device(SERIAL), { kind: "group", name: "lobby 2" }, { kind: "default" }];
  for (const scope of scopes) expect(readScope(scopeText(scope))).toEqual(scope);
  for (const text of ["", "device:", "device:12", "group:", "group:a/b", "all"])
    expect(readScope(text)).toBeNull();
});
