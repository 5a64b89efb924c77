import { fakeAgentCa, fakeAgentKeys, memoryFiles, readFakeCertificate } from "@fyr/certs/testing";
import { Fault, RenewRequest, parse, toProblem, type FaultCode } from "@fyr/protocol";
import { seededRandom, silentLog, uuid7Ids } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import type { Inventory, Jobs } from "../ports.ts";
import { identityFiles, type Identity } from "./identity.ts";
import { createLink } from "./link.ts";
import { readStanding } from "./standing.ts";
import { memoryState } from "./testing/memory-state.ts";
import type { HubAddress, WireAnswer, WireRequest } from "./wire.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const name = {
  orgId: "01900000-0000-7000-8000-000000000001" as Identity["orgId"],
  agentId: "01900000-0000-7000-8000-000000000002" as Identity["agentId"],
};

const answer = (status: number, body: unknown = "", type = "application/json"): WireAnswer => ({
  status,
  headers: { "content-type": type, "fyr-next-poll-ms": "60000", date: new Date(START).toUTCString() },
  body: Buffer.from(JSON.stringify(body)),
});
const refuse = (code: FaultCode) => {
  const fault = new Fault(code);
  return answer(fault.status, toProblem(fault), "application/problem+json");
};

/** A site whose agent was away for longer than its certificate lived, and a hub that knows certificates. */
async function site() {
  const clock = fakeClock(START);
  const random = seededRandom("link");
  const ca = fakeAgentCa(random.split("ca"));
  const keys = fakeAgentKeys(random.split("keys"));
  const { keyPem } = keys.create();
  const { chainPem } = await ca.issue(await ca.read(await keys.request(keyPem)), name, START - 40 * DAY_MS);
  const identity: Identity = {
    format: 1,
    ...name,
    keyPem,
    chain: chainPem,
    root: "root",
    syncUrl: "https://hub:8444",
    mqttUrl: null,
    orderKeys: [{ keyid: "0".repeat(64), publicKey: "AA==" }],
    imageRoot: { signed: {}, signatures: [] },
    // As a site with a wrong clock believes; the hub knows better.
    renewAt: START + 10 * DAY_MS,
  };
  const state = { revoked: false, heard: [] as string[], open: 0 };

  async function reply({ credentials }: HubAddress, request: WireRequest): Promise<WireAnswer> {
    const path = request.path.split("/")[3] ?? "";
    const expired = readFakeCertificate(credentials.chainPem).notAfterMs < clock.wall();
    state.heard.push(`${path}${expired ? " (expired)" : ""}`);
    if (state.revoked) return refuse("CERTIFICATE_REVOKED");
    if (path === "renew") {
      const wish = parse(RenewRequest, Buffer.from(request.body ?? []).toString());
      const { chainPem: chain } = await ca.issue(await ca.read(wish.request), name, clock.wall());
      return answer(200, { wire: 1, chain, renewInMs: 10 * DAY_MS });
    }
    if (expired) return refuse("CERTIFICATE_EXPIRED");
    return path === "sync" ? answer(204) : answer(200, {});
  }

  const store = memoryState();
  const identities = identityFiles(memoryFiles(), "/agent");
  await identities.save("current", identity);
  const link = createLink(
    {
      clock,
      random,
      ids: uuid7Ids(clock, random),
      log: silentLog,
      store,
      keys,
      readLeaf: readFakeCertificate,
      identities,
      openWire(address) {
        state.open++;
        return { exchange: (request) => reply(address, request), close: () => void state.open-- };
      },
      openLine: () => () => Promise.reject(new Fault("HUB_UNREACHABLE")),
    },
    identity,
    { firstSyncMs: 1_000, gatherMs: 100, doorbell: true },
  );
  const nothing = () => () => {};
  const jobs = {
    standings: () => [],
    outbox: () => [],
    progress: () => [],
    commandAcks: () => [],
    freeSlots: () => 1,
    onNews: nothing,
    onProgress: nothing,
  } as unknown as Jobs;
  const inventory = {
    hash: () => "0".repeat(64),
    delta: () => undefined,
    acknowledged: () => {},
    onChange: nothing,
  } as unknown as Inventory;
  link.start({ jobs, inventory, cache: { freeBytes: async () => 0 } });
  return { clock, link, state, store, identities, identity };
}

test("an agent whose certificate ended renews by itself and goes on with the new one", async () => {
  const { clock, link, state, store, identities, identity } = await site();
  await clock.advance(10_000);
  expect(state.heard).toContain("renew (expired)");
  expect(state.heard.slice(-1)).toEqual(["sync"]);
  expect(state.heard.filter((path) => path.endsWith("(expired)")).length).toBeLessThan(4);
  expect((await identities.load("current"))?.keyPem).not.toBe(identity.keyPem);
  expect(readStanding(store)).toMatchObject({ fault: null });
  expect(link.time.uncertaintyMs()).toBeLessThan(1_000);
  expect(state.open).toBe(1);
  await link.stop();
  expect(state.open).toBe(0);
});

test("a revoked agent asks ever more rarely and says why", async () => {
  const { clock, link, state, store } = await site();
  state.revoked = true;
  await clock.advance(3_600_000);
  expect(readStanding(store)).toMatchObject({ fault: "CERTIFICATE_REVOKED" });
  expect(state.heard.filter((path) => path.startsWith("sync")).length).toBeLessThan(60);
  expect(state.heard.filter((path) => path.startsWith("renew")).length).toBeLessThan(12);
  await link.stop();
});
