import { Serial } from "@fyr/protocol";
import { testPki } from "@fyr/certs/testing";
import { seededRandom, silentLog, systemClock } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { afterEach, beforeAll, expect, test } from "vitest";
import {
  createAddressPolicy,
  createDiscovery,
  siteRange,
  tcpKnock,
  type DiscoveryOptions,
} from "../discovery/index.ts";
import { allowedWire } from "../discovery/index.ts";
import type { StateStore } from "../ports.ts";
import { nodeWire, storedPins, storedRefusals, type Ports } from "../vapix/index.ts";
import { memoryStore } from "../vapix/testing/memory-store.ts";
import { scriptedDevice, type ScriptedDevice } from "../vapix/testing/scripted-device.ts";
import type { Login } from "../vault/login.ts";
import { Secret } from "../vault/secret.ts";
import { createInventory } from "./inventory.ts";

const never = new AbortController().signal;
const first = Serial.parse("ACCC8E000001");
const second = Serial.parse("ACCC8E000002");

const tls: { keyPem: string; chainPem: string }[] = [];
beforeAll(async () => {
  const pki = await testPki(Date.UTC(2026, 0, 1));
  for (let count = 0; count < 2; count++) tls.push(await pki.server(["127.0.0.1"]));
});

const open: ScriptedDevice[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await device.close();
});

const device = async (script: Parameters<typeof scriptedDevice>[0]) => {
  const made = await scriptedDevice(script);
  open.push(made);
  return made;
};

const QUICK: DiscoveryOptions = { everyMs: 60_000, concurrency: 4, paceMs: 0 };

/** A site whose addresses are ports of one loopback address: where a device is, is moved by moving its port. */
function siteOf(store: StateStore = memoryStore()) {
  const places = new Map<string, Ports>();
  const clock = { ...systemClock, wall: () => wall.now };
  const wall = { now: Date.UTC(2026, 0, 1) };
  const login: { now: Login | null } = {
    now: { user: "root", password: new Secret("correct horse"), revision: "1" },
  };
  const direct = nodeWire(systemClock);
  /** Takes `10.0.0.n` to wherever the test put that device. */
  const routed = (host: string, port: number): string => {
    const at = places.get(host);
    const real = port === 443 ? at?.https : at?.http;
    return `127.0.0.1:${real ?? 1}`;
  };
  const policy = createAddressPolicy([siteRange("10.0.0.1-10.0.0.4")], () => []);
  const wire = allowedWire(
    {
      exchange: (request) => {
        const { hostname, port, pathname, search, protocol } = new URL(request.url);
        const target = routed(hostname, Number(port || (protocol === "https:" ? 443 : 80)));
        return direct.exchange({ ...request, url: `${protocol}//${target}${pathname}${search}` });
      },
    },
    policy,
  );
  const pins = storedPins(store, clock);
  const missed = { count: 0 };
  const inventory = createInventory({
    store,
    clock,
    log: silentLog,
    camera: {
      wire,
      clock,
      random: seededRandom("site"),
      log: silentLog,
      pins,
      refusals: storedRefusals(store, clock),
    },
    logins: { loginFor: () => login.now },
    groupOf: () => null,
    onMissed: () => missed.count++,
  });
  const knock = (host: string, port: number, waitMs: number, signal: AbortSignal) => {
    const [target = "", at = ""] = routed(host, port).split(":");
    return tcpKnock(systemClock)(target, Number(at), waitMs, signal);
  };
  const ports = { wire, knock, clock: systemClock, log: silentLog, policy, finds: inventory.finds };
  const discovery = createDiscovery(ports, QUICK);
  return { places, wall, login, inventory, discovery, missed, store };
}

test("a sweep finds devices of all kinds, and a second one has nothing to tell", async () => {
  const modern = await device({ serial: first, tls: tls[0]! });
  const old = await device({ serial: second, generation: "legacy", version: "5.51.7" });
  const { places, inventory, discovery } = siteOf();
  places.set("10.0.0.1", modern.ports).set("10.0.0.3", old.ports);
  expect(await discovery.sweep(never)).toEqual({ addresses: 4, devices: 2 });
  const known = { ports: { http: 80, https: 443 }, model: "P3265-V", hardwareId: "931.11", trouble: null };
  expect(inventory.all()).toMatchObject([
    { serial: first, host: "10.0.0.1", scheme: "https", version: "12.9.57", ...known },
    { serial: second, host: "10.0.0.3", scheme: "http", version: "5.51.7", ...known },
  ]);
  let told = 0;
  inventory.onChange(() => told++);
  const hash = inventory.hash();
  await discovery.sweep(never);
  expect({ told, hash: inventory.hash() }).toEqual({ told: 0, hash });
  expect(modern.heard.filter((line) => line.includes("param"))).toEqual([]);
});

test("what the hub lacks is told once, then only what changed", async () => {
  const it = await device({ serial: first });
  const site = siteOf();
  site.places.set("10.0.0.1", it.ports);
  expect(site.inventory.delta(false)).toMatchObject({ whole: true, devices: [] });
  site.inventory.acknowledged(site.inventory.hash());
  await site.discovery.sweep(never);
  const delta = site.inventory.delta(false);
  expect(delta).toMatchObject({
    whole: false,
    gone: [],
    devices: [{ serial: first, address: "10.0.0.1:80", scheme: "http", version: "12.9.57", trouble: null }],
  });
  expect(delta?.hash).toBe(site.inventory.hash());
  site.inventory.acknowledged(site.inventory.hash());
  expect(site.inventory.delta(false)).toBeUndefined();
  const restarted = siteOf(site.store).inventory;
  expect(restarted.all()).toHaveLength(1);
  expect(restarted.delta(false)).toBeUndefined();
  expect(restarted.delta(true)).toMatchObject({ whole: true, devices: [{ serial: first }] });
});

test("a device that moved is found by its serial, and is the same device", async () => {
  const it = await device({ serial: first, tls: tls[0]! });
  const { places, inventory, discovery } = siteOf();
  places.set("10.0.0.1", it.ports);
  await discovery.sweep(never);
  places.delete("10.0.0.1");
  places.set("10.0.0.4", it.ports);
  await discovery.sweep(never);
  expect(inventory.all()).toMatchObject([{ serial: first, host: "10.0.0.4", trouble: null }]);
});

test("an address that now belongs to another device: both are where they are", async () => {
  const [one, two] = [await device({ serial: first }), await device({ serial: second })];
  const { places, inventory, discovery } = siteOf();
  places.set("10.0.0.1", one.ports);
  await discovery.sweep(never);
  places.set("10.0.0.1", two.ports).set("10.0.0.2", one.ports);
  await discovery.sweep(never);
  expect(inventory.all()).toMatchObject([
    { serial: first, host: "10.0.0.2" },
    { serial: second, host: "10.0.0.1" },
  ]);
});

test("another one in a device's name does not take its place", async () => {
  const it = await device({ serial: first, tls: tls[0]! });
  const impostor = await device({ serial: first, tls: tls[1]!, version: "11.11.192" });
  const { places, inventory, discovery } = siteOf();
  places.set("10.0.0.3", it.ports);
  await discovery.sweep(never);
  places.set("10.0.0.1", impostor.ports);
  await discovery.sweep(never);
  expect(inventory.all()).toMatchObject([{ serial: first, host: "10.0.0.3", trouble: null }]);
  places.delete("10.0.0.3");
  await discovery.sweep(never);
  expect(inventory.all()).toMatchObject([
    { serial: first, host: "10.0.0.1", version: "12.9.57", trouble: "key_changed" },
  ]);
  expect(impostor.heard.every((line) => line.endsWith(" -"))).toBe(true);
});

test("another key in the old place is seen at the next sweep", async () => {
  const it = await device({ serial: first, tls: tls[0]! });
  const impostor = await device({ serial: first, tls: tls[1]! });
  const { places, inventory, discovery } = siteOf();
  places.set("10.0.0.3", it.ports);
  await discovery.sweep(never);
  places.set("10.0.0.3", impostor.ports);
  await discovery.sweep(never);
  expect(inventory.find(first)?.trouble).toBe("key_changed");
});

test("why a device cannot be managed", async () => {
  const it = await device({ serial: first });
  const { places, inventory, discovery, login } = siteOf();
  const trouble = async () => {
    await discovery.sweep(never);
    return inventory.find(first)?.trouble;
  };
  const good = login.now;
  places.set("10.0.0.1", it.ports);
  login.now = null;
  expect(await trouble()).toBe("credentials_missing");
  login.now = { user: "root", password: new Secret("wrong"), revision: "2" };
  expect(await trouble()).toBe("credentials_refused");
  login.now = good;
  expect(await trouble()).toBeNull();
  it.script.needsSetup = true;
  inventory.note(first, await inventory.camera(inventory.find(first)!).look(never));
  expect(await trouble()).toBe("factory_default");
  it.script.needsSetup = false;
  expect(await trouble()).toBeNull();
  places.clear();
  await discovery.sweep(never);
  expect(await trouble()).toBe("unreachable");
});

test("5.51 without a login is reported by its serial, so that somebody brings one", async () => {
  const it = await device({ serial: first, generation: "legacy", version: "5.51.7" });
  const { places, inventory, discovery, login } = siteOf();
  login.now = null;
  places.set("10.0.0.1", it.ports);
  await discovery.sweep(never);
  expect(inventory.delta(false)?.devices).toMatchObject([
    { serial: first, model: "Unknown", version: "0.0", trouble: "credentials_missing" },
  ]);
});

test("a device that is gone for a month is forgotten", async () => {
  const it = await device({ serial: first });
  const { places, inventory, discovery, wall } = siteOf();
  places.set("10.0.0.1", it.ports);
  await discovery.sweep(never);
  inventory.acknowledged(inventory.hash());
  places.clear();
  await discovery.sweep(never);
  await discovery.sweep(never);
  expect(inventory.delta(false)?.devices).toMatchObject([{ serial: first, trouble: "unreachable" }]);
  wall.now += 31 * 24 * 3_600_000;
  await discovery.sweep(never);
  expect(inventory.delta(false)).toMatchObject({ devices: [], gone: [first] });
});

test("a stranger on the line changes nothing that is known, and is looked for", async () => {
  const [one, two] = [
    await device({ serial: first }),
    await device({ serial: second, version: "11.11.192" }),
  ];
  const { places, inventory, discovery, missed } = siteOf();
  places.set("10.0.0.1", one.ports);
  await discovery.sweep(never);
  places.set("10.0.0.1", two.ports);
  inventory.note(first, await inventory.camera(inventory.find(first)!).look(never));
  expect(inventory.find(first)).toMatchObject({ version: "12.9.57", trouble: "unreachable" });
  expect(missed.count).toBe(1);
});

test("sweeps follow each other at their pace, sooner when a device is missed", async () => {
  const clock = fakeClock();
  let sweeps = 0;
  const discovery = createDiscovery(
    {
      clock,
      log: silentLog,
      wire: { exchange: () => Promise.reject(new Error("nobody is asked")) },
      knock: () => Promise.resolve(false),
      policy: { candidate: () => null, candidates: () => [] },
      finds: { hostOf: () => null, provesKey: () => null, met: async () => {}, swept: () => void sweeps++ },
    },
    { ...QUICK, everyMs: 300_000 },
  );
  const stop = new AbortController();
  const running = discovery.run(stop.signal);
  await clock.advance(0);
  expect(sweeps).toBe(1);
  await clock.advance(299_999);
  expect(sweeps).toBe(1);
  await clock.advance(1);
  expect(sweeps).toBe(2);
  discovery.hurry();
  await clock.advance(14_999);
  expect(sweeps).toBe(2);
  await clock.advance(1);
  expect(sweeps).toBe(3);
  stop.abort();
  await clock.advance(0);
  await running;
});
