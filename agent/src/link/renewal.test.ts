import { fakeAgentCa, fakeAgentKeys, memoryFiles, readFakeCertificate } from "@fyr/certs/testing";
import { Fault, type FaultCode } from "@fyr/protocol";
import { seededRandom, silentLog, type Files } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { beforeEach, expect, test } from "vitest";
import { identityFiles, type Identity } from "./identity.ts";
import { createRenewal } from "./renewal.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const name = {
  orgId: "01900000-0000-7000-8000-000000000001" as Identity["orgId"],
  agentId: "01900000-0000-7000-8000-000000000002" as Identity["agentId"],
};

/** A hub that certifies, and answers only those it certified and who are alive; and an agent's disk. */
async function site() {
  const clock = fakeClock(START);
  const random = seededRandom("renewal");
  const ca = fakeAgentCa(random.split("ca"));
  const keys = fakeAgentKeys(random.split("keys"));
  const content = new Map<string, Uint8Array>();
  const state = {
    refuse: null as FaultCode | null,
    probeFails: null as FaultCode | null,
    issued: 0,
    asked: 0,
    /** How far the hub's clock is off. */
    hubOffMs: 0,
    revoked: new Set<string>(),
  };
  const adopted: Identity[] = [];

  const issue = async (request: string) => {
    state.issued++;
    return ca.issue(await ca.read(request), name, clock.wall() + state.hubOffMs);
  };
  const first = async (): Promise<Identity> => {
    const { keyPem } = keys.create();
    const { chainPem } = await issue(await keys.request(keyPem));
    return {
      format: 1,
      ...name,
      keyPem,
      chain: chainPem,
      root: "root",
      syncUrl: "https://hub:8444",
      mqttUrl: null,
      orderKeys: [{ keyid: "0".repeat(64), publicKey: "AA==" }],
      imageRoot: { signed: {}, signatures: [] },
      renewAt: START + 10 * DAY_MS,
    };
  };
  /** The hub's view of a pair on disk: certified by it, for that key, alive. */
  const works = (identity: Identity | null) =>
    identity !== null &&
    readFakeCertificate(identity.chain).notAfterMs > clock.wall() + state.hubOffMs &&
    !state.revoked.has(identity.chain);

  const start = async (files: Files = memoryFiles(content)) => {
    const identities = identityFiles(files, "/agent");
    const current = (await identityFiles(memoryFiles(content), "/agent").load("current"))!;
    const loop = createRenewal(
      {
        clock,
        random,
        log: silentLog,
        time: { now: () => clock.wall(), uncertaintyMs: () => 0 },
        keys,
        readLeaf: readFakeCertificate,
        identities,
        link: {
          async renew(request) {
            state.asked++;
            if (state.refuse) throw new Fault(state.refuse);
            const { chainPem } = await issue(request);
            return { wire: 1, chain: chainPem, renewInMs: 10 * DAY_MS };
          },
        },
        async probe(identity) {
          if (state.probeFails) throw new Fault(state.probeFails);
          if (!works(identity)) throw new Fault("CERTIFICATE_UNKNOWN");
        },
        adopt: (identity) => void adopted.push(identity),
      },
      current,
    );
    loop.start();
    return loop;
  };
  const onDisk = identityFiles(memoryFiles(content), "/agent");
  await onDisk.save("current", await first());
  return { clock, state, start, adopted, onDisk, works, content };
}

let world: Awaited<ReturnType<typeof site>>;
beforeEach(async () => void (world = await site()));

test("on day 10 of 30 a new key is certified, tried, and put in the old one's place", async () => {
  const { clock, start, adopted, onDisk, works, state } = world;
  const before = await onDisk.load("current");
  const loop = await start();
  await clock.advance(9.9 * DAY_MS);
  expect(state.issued).toBe(1);
  await clock.advance(0.2 * DAY_MS);
  const after = (await onDisk.load("current"))!;
  expect(after.keyPem).not.toBe(before!.keyPem);
  expect(adopted).toEqual([after]);
  expect(works(after)).toBe(true);
  expect(await onDisk.load("next")).toBeNull();
  await clock.advance(30 * DAY_MS);
  expect(adopted).toHaveLength(4);
  await loop.stop();
});

test("a hub that refuses or is away is asked again, hourly at most, while the old pair stays", async () => {
  const { clock, start, adopted, onDisk, works, state } = world;
  state.refuse = "HUB_UNREACHABLE";
  const loop = await start();
  await clock.advance(15 * DAY_MS);
  expect(adopted).toEqual([]);
  expect(works(await onDisk.load("current"))).toBe(true);
  state.refuse = null;
  await clock.advance(1.2 * 3_600_000);
  expect(adopted).toHaveLength(1);
  await loop.stop();
});

test("a new certificate is not used before the hub has answered it", async () => {
  const { clock, start, adopted, onDisk, state } = world;
  state.probeFails = "HUB_UNREACHABLE";
  const loop = await start();
  await clock.advance(11 * DAY_MS);
  expect(state.issued).toBe(2);
  expect((await onDisk.load("next"))?.keyPem).toBeDefined();
  expect(adopted).toEqual([]);
  state.probeFails = null;
  await clock.advance(2 * 3_600_000);
  expect(state.issued).toBe(2);
  expect(adopted).toHaveLength(1);
  await loop.stop();
});

test("a new certificate that the hub will not have is dropped and asked for anew", async () => {
  const { clock, start, adopted, onDisk, works, state } = world;
  state.probeFails = "CERTIFICATE_UNKNOWN";
  const loop = await start();
  await clock.advance(10 * DAY_MS + 30_000);
  expect(await onDisk.load("next")).toBeNull();
  expect(works(await onDisk.load("current"))).toBe(true);
  state.probeFails = null;
  await clock.advance(3_600_000);
  expect(adopted).toHaveLength(1);
  await loop.stop();
});

test.each(["CERTIFICATE_EXPIRED", "HUB_UNTRUSTED", "HUB_UNREACHABLE"] as const)(
  "a new certificate is kept when the hub says %s: it may be the only one that still counts",
  async (code) => {
    const { clock, start, onDisk, works, state } = world;
    const before = await onDisk.load("current");
    state.probeFails = code;
    const loop = await start();
    await clock.advance(10 * DAY_MS + 300_000);
    const kept = (await onDisk.load("next")) ?? (await onDisk.load("current"));
    expect(kept?.keyPem).not.toBe(before?.keyPem);
    state.revoked.add(before?.chain ?? "");
    state.probeFails = null;
    await clock.advance(180_000);
    expect(works(await onDisk.load("current"))).toBe(true);
    expect(await onDisk.load("next")).toBeNull();
    await loop.stop();
  },
);

test("a certificate that ends before the one it replaces is not taken: the hub's clock is wrong", async () => {
  const { clock, start, adopted, onDisk, works, state } = world;
  const before = await onDisk.load("current");
  const loop = await start();
  state.hubOffMs = -10 * 365 * DAY_MS;
  loop.hurry();
  await clock.advance(1);
  expect(adopted).toEqual([]);
  expect(await onDisk.load("next")).toBeNull();
  state.hubOffMs = 0;
  expect(await onDisk.load("current")).toEqual(before);
  expect(works(before)).toBe(true);
  await clock.advance(3_600_000);
  expect(adopted).toHaveLength(1);
  expect(works(await onDisk.load("current"))).toBe(true);
  await loop.stop();
});

test("an older certificate is taken in place of one that has not begun: the hub's clock was wrong before", async () => {
  const { clock, start, adopted, onDisk, state } = world;
  const before = (await onDisk.load("current"))!;
  state.hubOffMs = 10 * 365 * DAY_MS;
  const loop = await start();
  loop.hurry();
  await clock.advance(1);
  expect(adopted).toHaveLength(1);
  state.hubOffMs = 0;
  loop.hurry();
  await clock.advance(1);
  expect(adopted).toHaveLength(2);
  const after = readFakeCertificate((await onDisk.load("current"))!.chain);
  expect(after.notAfterMs - readFakeCertificate(before.chain).notAfterMs).toBeLessThan(DAY_MS);
  await loop.stop();
});

test("told that its certificate has ended, it renews at once", async () => {
  const { clock, start, adopted } = world;
  const loop = await start();
  await clock.advance(DAY_MS);
  loop.hurry();
  await clock.advance(1);
  expect(adopted).toHaveLength(1);
  await loop.stop();
});

test("killed before or after any change of the disk, one working pair is always there", async () => {
  for (const moment of ["before", "after"] as const) {
    for (const change of ["save", "promote"] as const) {
      world = await site();
      const { clock, start, adopted, onDisk, works, content } = world;
      const real = memoryFiles(content);
      const dies =
        <A extends unknown[]>(act: (...args: A) => Promise<void>, here: boolean) =>
        async (...args: A) => {
          if (!here) return act(...args);
          if (moment === "after") await act(...args);
          return new Promise<never>(() => {});
        };
      const dying: Files = {
        ...real,
        replace: dies(real.replace, change === "save"),
        rename: dies(real.rename, change === "promote"),
      };
      void (await start(dying));
      await clock.advance(10 * DAY_MS + 1);
      expect(adopted).toEqual([]);
      expect(works(await onDisk.load("current"))).toBe(true);
      const again = await start();
      await clock.advance(1);
      const promoted = change === "promote" && moment === "after";
      expect(adopted).toHaveLength(promoted ? 0 : 1);
      expect(works(await onDisk.load("current"))).toBe(true);
      expect(await onDisk.load("next")).toBeNull();
      await again.stop();
    }
  }
});

test("a file that is no identity does not stop renewals", async () => {
  const { clock, start, adopted, content, onDisk } = world;
  content.set("/agent/identity.next.json", Buffer.from("{"));
  const loop = await start();
  await clock.advance(1);
  expect(await onDisk.load("next")).toBeNull();
  await clock.advance(11 * DAY_MS);
  expect(adopted).toHaveLength(1);
  await loop.stop();
});

test("A-49: while the organisation is archived a certificate is asked for once a day, and the first day after a restore brings it", async () => {
  const { clock, start, adopted, state } = world;
  state.refuse = "ORG_ARCHIVED";
  const loop = await start();
  await clock.advance(10 * DAY_MS);
  for (let hour = 0; hour < 10 * 24; hour++) {
    await clock.advance(DAY_MS / 24);
    loop.hurry();
  }
  expect(state.asked).toBeGreaterThanOrEqual(9);
  expect(state.asked).toBeLessThanOrEqual(12);
  state.refuse = null;
  await clock.advance(1.2 * DAY_MS);
  expect(adopted).toHaveLength(1);
  await loop.stop();
});
