import { addImages, orderKeyOf, signOrder, withdraw, type ImageFacts, type SigningKey } from "@fyr/certs";
import { testImage, testRepository, testSigningKey, type TestRepository } from "@fyr/certs/testing";
import {
  canonicalJson,
  Fault,
  isFault,
  type FaultCode,
  Order,
  type SignedDocument,
  type TaskId,
} from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { beforeEach, expect, test } from "vitest";
import { memoryState, type MemoryState } from "./testing/memory-state.ts";
import { createOrderBook } from "./orders.ts";
import { createTrust } from "./trust.ts";

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const AGENT = "01900000-0000-7000-8000-000000000002" as never;
const hub = testSigningKey("orders");

let repo: TestRepository;
let image: ImageFacts;
let state: MemoryState;
let clock: ReturnType<typeof fakeClock>;
let asked: string[];
let line: Fault | null;
let time: { now(): number; uncertaintyMs(): number };

beforeEach(async () => {
  repo = await testRepository(NOW);
  image = testImage();
  await addImages(repo.repository, [image], repo.publishers, NOW);
  await repo.refresh(NOW);
  state = memoryState();
  clock = fakeClock(NOW);
  time = { now: () => clock.wall(), uncertaintyMs: () => 0 };
  asked = [];
  line = null;
});

const imageRoot = () =>
  JSON.parse(Buffer.from(repo.files().get("1.root.json")!).toString("utf8")) as SignedDocument;

/** A trust as a fresh process has it: what is on disk is all it remembers. */
const trust = () =>
  createTrust(
    {
      clock,
      time,
      store: state,
      log: silentLog,
      link: {
        async metadata(name, maxBytes) {
          asked.push(name);
          if (line) throw line;
          return repo.fetch(name, maxBytes);
        },
      },
    },
    { agentId: AGENT, orderKeys: [orderKeyOf(hub)], imageRoot: imageRoot() },
  );

interface Claims {
  agentId?: string;
  sequence?: number;
  expiresMs?: number;
  key?: SigningKey;
  order?: Partial<Order>;
}

function order({
  agentId = AGENT,
  sequence = 1,
  expiresMs = NOW + DAY_MS,
  key = hub,
  order = {},
}: Claims = {}) {
  const body = {
    taskId: "01900000-0000-7000-8000-0000000000aa" as TaskId,
    epoch: 1,
    serial: "ACCC8E012345",
    digest: image.digest,
    attempt: 1,
    lookFirst: false,
    windows: [],
    deadline: NOW + 30 * DAY_MS,
    backup: "wanted",
    ...order,
  };
  return signOrder(key, { agentId, sequence, expiresMs, body });
}

const refused = async (document: SignedDocument, code: FaultCode, by = trust()) =>
  expect(by.verify(document)).rejects.toSatisfy((error) => isFault(error, code));

test("an order with its image is worth what hub and publishers signed", async () => {
  const { order: told, facts } = await trust().verify(order());
  expect(told).toMatchObject({ serial: "ACCC8E012345", digest: image.digest });
  expect(facts).toEqual(image);
});

test("an order is refused by its reason", async () => {
  await refused(order({ key: testSigningKey("somebody") }), "ORDER_SIGNATURE");
  await refused(order({ agentId: "01900000-0000-7000-8000-00000000000f" }), "ORDER_FOREIGN");
  await refused(order({ expiresMs: NOW }), "ORDER_EXPIRED");
  await refused(order({ order: { digest: "short" as never } }), "ORDER_SIGNATURE");
  const tampered = order();
  await refused({ ...tampered, signed: { ...tampered.signed, sequence: 2 } }, "ORDER_SIGNATURE");
  expect(state.keys("order/")).toEqual([]);
});

test("orders may come in any order and again, but none under another's number, also after a restart", async () => {
  const first = trust();
  for (const sequence of [7, 3, 5]) await first.verify(order({ sequence }));
  await first.verify(order({ sequence: 3 }));
  const after = trust();
  await after.verify(order({ sequence: 7 }));
  await refused(order({ sequence: 5, order: { epoch: 2 } }), "ORDER_REPLAYED", after);
});

test("an order that waited in the journal is the one that was taken, though its names are sorted there", async () => {
  const document = order();
  await trust().verify(document);
  const kept = JSON.parse(canonicalJson(document)) as SignedDocument;
  expect(JSON.stringify(kept)).not.toBe(JSON.stringify(document));
  expect((await trust().verify(kept)).order).toMatchObject({ digest: image.digest });
});

test("an order that waited while later ones came is no replay: numbers leap with the hub's clock", async () => {
  const at = trust();
  await at.verify(order({ sequence: 1 }));
  await at.verify(order({ sequence: NOW }));
  await at.verify(order({ sequence: 1 }));
  await trust().verify(order({ sequence: 1 }));
});

test("an order older than all that are remembered is a replay, and old numbers do not pile up", () => {
  const book = () => createOrderBook(AGENT, [orderKeyOf(hub)], state, 100);
  const at = book();
  for (let sequence = 10; sequence < 10 + 612; sequence++) at.take(order({ sequence }), NOW, Order);
  expect(state.keys("order/")).toHaveLength(100);
  for (const again of [at, book()]) {
    expect(() => again.take(order({ sequence: 9 }), NOW, Order)).toThrow("ORDER_REPLAYED");
    expect(() => again.take(order({ sequence: 10 + 511 }), NOW, Order)).toThrow("ORDER_REPLAYED");
    again.take(order({ sequence: 10 + 512 }), NOW, Order);
  }
});

test("a hundred grants cost one update; the next look costs one file", async () => {
  const at = trust();
  const orders = Array.from({ length: 100 }, (_, index) => order({ sequence: index + 1 }));
  await Promise.all(orders.map((document) => at.verify(document)));
  expect(asked).toHaveLength(4);
  asked.length = 0;
  await clock.advance(6_000);
  await at.verify(order({ sequence: 101 }));
  expect(asked).toEqual(["2.root.json", "timestamp.json"]);
});

test("an image that was published a moment after the last look is found all the same", async () => {
  const at = trust();
  await at.verify(order());
  const newer = testImage({ version: "12.12.1", digest: "a".repeat(64) as never });
  await addImages(repo.repository, [newer], repo.publishers, NOW + 1_000);
  await repo.refresh(NOW + 1_000);
  await clock.advance(1_000);
  const { facts } = await at.verify(order({ sequence: 2, order: { digest: newer.digest } }));
  expect(facts).toEqual(newer);
});

test("images that the publishers did not list, or took back, are refused", async () => {
  await refused(order({ order: { digest: "0".repeat(64) as never } }), "IMAGE_UNTRUSTED");
  await withdraw(repo.repository, [image.digest], repo.publishers, NOW);
  await repo.refresh(NOW);
  await refused(order({ sequence: 2 }), "IMAGE_WITHDRAWN");
});

test("a repository of other publishers is refused by name, and nothing of it is kept", async () => {
  await trust().verify(order());
  const before = state.keys("metadata/").map((key) => Buffer.from(state.get(key)!).toString("hex"));
  const root = imageRoot();
  repo = { ...(await testRepository(NOW, { name: "false" })) };
  await clock.advance(6_000);
  const at = createTrust(
    { clock, time, store: state, log: silentLog, link: { metadata: (name, max) => repo.fetch(name, max) } },
    { agentId: AGENT, orderKeys: [orderKeyOf(hub)], imageRoot: root },
  );
  await refused(order({ sequence: 2 }), "METADATA_SIGNATURE", at);
  expect(state.keys("metadata/").map((key) => Buffer.from(state.get(key)!).toString("hex"))).toEqual(before);
});

test("a rollback is noticed by a fresh process, from what the last one kept", async () => {
  const old = repo.files();
  await addImages(repo.repository, [testImage({ version: "12.12.1" })], repo.publishers, NOW + 1_000);
  await repo.refresh(NOW + 1_000);
  await trust().verify(order());
  repo = { ...repo, fetch: async (name) => old.get(name) ?? null };
  await refused(order({ sequence: 2 }), "METADATA_ROLLBACK");
});

test("frozen metadata ends with its life, whichever clock knows the time", async () => {
  const at = trust();
  await at.verify(order());
  await clock.advance(4 * DAY_MS);
  await refused(order({ sequence: 2, expiresMs: NOW + 9 * DAY_MS }), "METADATA_EXPIRED", at);
  const slow = { now: () => NOW + 4 * DAY_MS, uncertaintyMs: () => 0 };
  clock = fakeClock(0);
  time = slow;
  await refused(order({ sequence: 3, expiresMs: NOW + 9 * DAY_MS }), "METADATA_EXPIRED");
});

test("without the hub what is held counts while it lives; an image it does not name waits", async () => {
  await trust().verify(order());
  line = new Fault("HUB_UNREACHABLE");
  const at = trust();
  expect((await at.verify(order({ sequence: 2 }))).facts).toEqual(image);
  await refused(order({ sequence: 3, order: { digest: "0".repeat(64) as never } }), "HUB_UNREACHABLE", at);
  await clock.advance(4 * DAY_MS);
  await refused(order({ sequence: 4, expiresMs: NOW + 9 * DAY_MS }), "HUB_UNREACHABLE", at);
});

test("with nothing held and no hub there is no trust yet", async () => {
  line = new Fault("PEER_SILENT");
  await refused(order(), "PEER_SILENT");
});
