import {
  Fault,
  type Ack,
  type Command,
  type Grant,
  type JobEvent,
  type ServerReport,
  type SyncRequest,
  type SyncResponse,
} from "@fyr/protocol";
import { seededRandom, silentLog, uuid7Ids, type Random } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import type { HubTime, Inventory, Jobs, ServerReports } from "../ports.ts";
import { createSiteTime } from "./site-time.ts";
import { createSync, type LinkStanding } from "./sync.ts";

const AGENT = "01900000-0000-7000-8000-000000000001" as SyncRequest["agentId"];
const JOB = "a".repeat(32) as JobEvent["jobId"];
const TASK = "01900000-0000-7000-8000-0000000000aa" as JobEvent["taskId"];
const POLL_MS = 30_000;

type Reply = { answer: SyncResponse | null; nextPollMs: number; hubTime: HubTime | null };
type Script = (request: SyncRequest, turn: number) => Reply | Fault | Promise<Reply>;

const nothing = (nextPollMs = POLL_MS): Reply => ({ answer: null, nextPollMs, hubTime: null });
const says = (request: SyncRequest, more: Partial<SyncResponse> = {}): Reply => ({
  answer: {
    wire: 1,
    syncId: request.syncId,
    hubTime: 0,
    acks: [],
    grants: [],
    commands: [],
    fenced: [],
    wantInventory: false,
    nextPollMs: POLL_MS,
    ...more,
  },
  nextPollMs: POLL_MS,
  hubTime: null,
});

const grant = (taskId = TASK): Grant => ({
  order: { signed: {}, signatures: [] },
  taskId,
  epoch: 1,
  targetVersion: "12.1.1",
  sizeBytes: 1,
});
const event = (seq: number): JobEvent => ({ jobId: JOB, seq }) as JobEvent;

/** A site whose jobs and inventory are lists, and a hub that follows a script. */
function site(script: Script, random: Random = seededRandom("site"), reports?: ServerReports) {
  const clock = fakeClock();
  const requests: { at: number; request: SyncRequest; text: string }[] = [];
  const standings: LinkStanding[] = [];
  const kept = {
    grants: [] as Grant[],
    commands: [] as Command[],
    fenced: [] as string[],
    acks: [] as Ack[],
  };
  const state = {
    events: [] as JobEvent[],
    commandAcks: [] as SyncRequest["commandAcks"],
    acceptFails: false,
    inventoryHash: "1".repeat(64),
    acknowledged: "",
    tell: () => {},
    found: () => {},
  };
  const jobs: Jobs = {
    accept(granted) {
      if (state.acceptFails) throw new Fault("DISK_FULL");
      kept.grants.push(granted);
    },
    command: (command) => void kept.commands.push(command),
    fence: (taskId) => void kept.fenced.push(taskId),
    acknowledged(acks) {
      kept.acks.push(...acks);
      const to = Math.max(0, ...acks.map(({ ackedSeq }) => ackedSeq));
      state.events = state.events.filter(({ seq }) => seq > to);
    },
    outbox: (limit) => state.events.slice(0, limit),
    standings: () => [],
    progress: () => [],
    commandAcks: () => state.commandAcks,
    commandAcksStored: (ids) =>
      void (state.commandAcks = state.commandAcks.filter((id) => !ids.includes(id))),
    freeSlots: () => 7,
    onNews: (listener) => ((state.tell = listener), () => {}),
    onProgress: () => () => {},
  };
  const inventory = {
    hash: () => state.inventoryHash,
    delta: (whole: boolean) =>
      whole || state.acknowledged !== state.inventoryHash
        ? { hash: state.inventoryHash, whole, devices: [], gone: [] }
        : undefined,
    acknowledged: (hash: string) => void (state.acknowledged = hash),
    onChange: (listener: () => void) => ((state.found = listener), () => {}),
  } as unknown as Inventory;
  const loop = createSync(
    {
      clock,
      random,
      ids: uuid7Ids(clock, seededRandom("ids")),
      log: silentLog,
      link: {
        async sync(request) {
          requests.push({ at: clock.mono(), request, text: JSON.stringify(request) });
          const reply = await script(request, requests.length);
          if (reply instanceof Fault) throw reply;
          return reply;
        },
      },
      jobs,
      ...{ inventory, reports },
      cache: { freeBytes: async () => 1024 },
      time: createSiteTime(clock),
      onStanding: (standing) => void standings.push(standing),
    },
    { agentId: AGENT, bootId: AGENT as never, agentVersion: "0", firstMs: 1_000, gatherMs: 250 },
  );
  loop.start();
  return { clock, requests, standings, kept, state, loop };
}

const gaps = (requests: readonly { at: number }[]) =>
  requests.slice(1).map(({ at }, i) => at - requests[i]!.at);

test("the first sync comes within its jitter, later ones at the hub's wish ± 10 %", async () => {
  const { clock, requests, loop } = site(() => nothing());
  await clock.advance(1_000);
  expect(requests).toHaveLength(1);
  await clock.advance(20 * POLL_MS);
  for (const gap of gaps(requests)) {
    expect(gap).toBeGreaterThanOrEqual(0.9 * POLL_MS);
    expect(gap).toBeLessThanOrEqual(1.1 * POLL_MS);
  }
  expect(new Set(gaps(requests)).size).toBeGreaterThan(10);
  await loop.stop();
  const asked = requests.length;
  await clock.advance(10 * POLL_MS);
  expect(requests).toHaveLength(asked);
});

test("a hub that is away is asked after 1 s · 2ⁿ, at most five minutes, with full jitter and the same bytes", async () => {
  const highest: Random = { next: () => 0.999_999, bytes: () => new Uint8Array(), split: () => highest };
  const { clock, requests, loop } = site(() => new Fault("HUB_UNREACHABLE"), highest);
  await clock.advance(40 * 60_000);
  const waits = gaps(requests).map((gap) => Math.round(gap / 1_000));
  expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(new Set(requests.map(({ text }) => text)).size).toBe(1);
  await loop.stop();

  const lowest: Random = { next: () => 0.01, bytes: () => new Uint8Array(), split: () => lowest };
  const jittered = site(() => new Fault("HUB_UNREACHABLE"), lowest);
  await jittered.clock.advance(1_000);
  expect(jittered.requests.length).toBeGreaterThan(5);
  await jittered.loop.stop();
});

test("a new sync is built only after an answer", async () => {
  const { clock, requests, state, loop } = site((request, turn) =>
    turn < 4 ? new Fault("PEER_SILENT") : says(request),
  );
  await clock.advance(1_000);
  state.events = [event(1)];
  await clock.advance(120_000);
  const ids = requests.map(({ request }) => request.syncId);
  expect(new Set(ids.slice(0, 4)).size).toBe(1);
  expect(requests[3]!.request.events).toEqual([]);
  expect(ids[4]).not.toBe(ids[3]);
  expect(requests[4]!.request.events).toEqual([event(1)]);
  await loop.stop();
});

test("Retry-After is obeyed, even when the doorbell rings", async () => {
  const { clock, requests, loop } = site((_, turn) =>
    turn === 1 ? new Fault("HUB_BUSY", { retryAfterMs: 90_000 }) : nothing(),
  );
  await clock.advance(1_000);
  loop.ring();
  await clock.advance(88_000);
  expect(requests).toHaveLength(1);
  await clock.advance(3_000);
  expect(requests).toHaveLength(2);
  await loop.stop();
});

test("the doorbell ends a rest at once; a hundred rings make one sync", async () => {
  const { clock, requests, loop } = site(() => nothing());
  await clock.advance(1_000);
  for (let ring = 0; ring < 100; ring++) loop.ring();
  await clock.advance(1);
  expect(requests).toHaveLength(2);
  await clock.advance(5_000);
  expect(requests).toHaveLength(2);
  await loop.stop();
});

test("a ring during a sync is served by one more", async () => {
  let answer: (reply: Reply) => void = () => {};
  const { clock, requests, loop } = site((_, turn) =>
    turn === 1 ? new Promise<Reply>((resolve) => (answer = resolve)) : nothing(),
  );
  await clock.advance(1_000);
  loop.ring();
  loop.ring();
  answer(nothing());
  await clock.advance(1);
  expect(requests).toHaveLength(2);
  await clock.advance(5_000);
  expect(requests).toHaveLength(2);
  await loop.stop();
});

test("news are gathered for a moment and travel together", async () => {
  const { clock, requests, state, loop } = site((request) => says(request));
  await clock.advance(1_000);
  state.events = [event(1)];
  state.tell();
  await clock.advance(100);
  state.events = [event(1), event(2)];
  state.tell();
  state.found();
  expect(requests).toHaveLength(1);
  await clock.advance(200);
  expect(requests.map(({ request }) => request.events.length)).toEqual([0, 2]);
  await loop.stop();
});

test("news do not hurry a hub that is away", async () => {
  const { clock, requests, state, loop } = site(() => new Fault("HUB_UNREACHABLE"));
  await clock.advance(60_000);
  const asked = requests.length;
  const next = clock.nextDue()!;
  for (let at = clock.mono(); at < next - 100; at += 50) {
    state.tell();
    await clock.advance(50);
  }
  expect(requests).toHaveLength(asked);
  await loop.stop();
});

test("news that came while a request went unanswered are told right after its answer", async () => {
  const { clock, requests, state, loop } = site((_, turn) =>
    turn === 1 ? new Fault("HUB_UNREACHABLE") : nothing(),
  );
  await clock.advance(1_000);
  expect(requests).toHaveLength(1);
  state.inventoryHash = "2".repeat(64);
  state.found();
  await clock.advance(2_000);
  expect(requests.map(({ request }) => request.inventory?.hash.at(0))).toEqual(["1", "1", "2"]);
  expect(requests[2]!.at - requests[1]!.at).toBeLessThanOrEqual(250);
  await clock.advance(5_000);
  expect(requests).toHaveLength(3);
  await loop.stop();
});

test("work is durable before the next sync says so, and that one comes at once", async () => {
  const order: string[] = [];
  const { clock, requests, kept, loop } = site((request, turn) => {
    order.push(`sync ${turn} with ${kept.grants.length} kept`);
    const cancel: Command = { commandId: TASK as never, taskId: TASK, kind: "cancel" };
    return turn === 1
      ? says(request, { grants: [grant()], commands: [cancel], fenced: [{ taskId: TASK, currentEpoch: 4 }] })
      : says(request);
  });
  await clock.advance(1_000);
  expect(order).toEqual(["sync 1 with 0 kept", "sync 2 with 1 kept"]);
  expect(kept.commands).toHaveLength(1);
  expect(kept.fenced).toEqual([TASK]);
  expect(requests[1]!.at - requests[0]!.at).toBe(0);
  await loop.stop();
});

test("a grant that could not be stored is asked for again with the same sync id", async () => {
  const { clock, requests, kept, state, standings, loop } = site((request) =>
    says(request, { grants: [grant()] }),
  );
  state.acceptFails = true;
  await clock.advance(10_000);
  expect(kept.grants).toHaveLength(0);
  expect(requests.length).toBeGreaterThan(2);
  expect(new Set(requests.map(({ text }) => text)).size).toBe(1);
  expect(standings.at(-1)).toMatchObject({ answered: false, fault: { code: "DISK_FULL" } });
  await loop.stop();
});

test("events leave in order, five hundred at a time, until none is left", async () => {
  const { clock, requests, state, loop } = site((request) => {
    const last = request.events.at(-1)?.seq;
    return says(request, { acks: last === undefined ? [] : [{ jobId: JOB, ackedSeq: last }] });
  });
  state.events = Array.from({ length: 1_201 }, (_, index) => event(index + 1));
  await clock.advance(1_000);
  expect(requests.map(({ request }) => request.events.length)).toEqual([500, 500, 201]);
  expect(requests[1]!.request.events[0]!.seq).toBe(501);
  await loop.stop();
});

test("a hub that acknowledges nothing, or always has more, is not asked without pause", async () => {
  const deaf = site((request) => says(request));
  deaf.state.events = [event(1)];
  await deaf.clock.advance(20_000);
  expect(deaf.requests).toHaveLength(1);
  await deaf.loop.stop();

  const endless = site((request) => says(request, { grants: [grant()] }));
  await endless.clock.advance(11_000);
  expect(endless.requests.length).toBeLessThan(21 + 11_000 / 250);
  await endless.loop.stop();
});

test("the whole inventory goes when the hub asks for it, and counts as known once it did not ask", async () => {
  const { clock, requests, state, loop } = site((request, turn) =>
    says(request, { wantInventory: turn === 2 || turn === 3 }),
  );
  await clock.advance(1_000);
  expect(requests[0]!.request.inventory).toMatchObject({ whole: false });
  expect(state.acknowledged).toBe(state.inventoryHash);
  state.acknowledged = "";
  loop.ring();
  await clock.advance(1);
  expect(requests.map(({ request }) => request.inventory?.whole)).toEqual([false, false, true]);
  expect(state.acknowledged).toBe("");
  await clock.advance(POLL_MS * 1.1);
  expect(requests[3]!.request.inventory?.whole).toBe(true);
  expect(state.acknowledged).toBe(state.inventoryHash);
  await loop.stop();
});

test("R-025: a hub that asks for the host's servers is told at once, and asked for what it was just told it waits", async () => {
  const told: ServerReport[][] = [];
  const news = { report: [] as ServerReport[] };
  const report = { facts: { name: "REC-01" } } as ServerReport;
  const reports: ServerReports = {
    pending: () => news.report,
    acknowledged: (sent) => {
      told.push([...sent]);
      news.report = [];
    },
    wanted: () => (news.report = [report]),
    onChange: () => () => {},
  };
  const { clock, requests, loop } = site(
    (request, turn) => says(request, { wantServers: turn === 1 || turn === 2 }),
    undefined,
    reports,
  );
  await clock.advance(1_000);
  expect(requests.map(({ request }) => request.servers)).toEqual([undefined, [report]]);
  expect(told).toEqual([[report]]);
  await clock.advance(POLL_MS * 1.2);
  expect(requests[2]?.request.servers).toBeUndefined();
  await loop.stop();
});

test("command acks are forgotten once the hub answered them", async () => {
  const { clock, state, loop } = site((_, turn) => (turn === 1 ? new Fault("HUB_BUSY") : nothing()));
  state.commandAcks = [TASK as never];
  await clock.advance(500);
  await clock.advance(3_000);
  expect(state.commandAcks).toEqual([]);
  await loop.stop();
});

test("what the hub will never take is not sent for ever; a request that is too large is made smaller", async () => {
  const refused = site((request, turn) => (turn === 1 ? new Fault("MESSAGE_INVALID") : says(request)));
  await refused.clock.advance(3_000);
  expect(refused.requests[1]!.request.syncId).not.toBe(refused.requests[0]!.request.syncId);
  await refused.loop.stop();

  const large = site((request) =>
    request.events.length > 100 ? new Fault("MESSAGE_TOO_LARGE") : says(request),
  );
  large.state.events = Array.from({ length: 400 }, (_, index) => event(index + 1));
  await large.clock.advance(60_000);
  expect(large.requests.map(({ request }) => request.events.length).slice(0, 4)).toEqual([400, 250, 125, 62]);
  await large.loop.stop();
});

test("standing is told when it changes and not otherwise", async () => {
  const { clock, standings, loop } = site((_, turn) =>
    turn > 2 && turn < 6 ? new Fault("HUB_UNREACHABLE") : nothing(1_000),
  );
  await clock.advance(120_000);
  expect(standings.map(({ answered }) => answered)).toEqual([true, false, true]);
  await loop.stop();
});

test("A-49: a hub that says the organisation is archived is asked once a day, whatever rings or happens", async () => {
  const DAY_MS = 86_400_000;
  let archived = true;
  const { clock, requests, standings, state, loop } = site(() =>
    archived ? new Fault("ORG_ARCHIVED") : nothing(),
  );
  for (let hour = 0; hour < 10 * 24; hour++) {
    await clock.advance(DAY_MS / 24);
    loop.ring();
    state.tell();
  }
  expect(requests.length).toBeGreaterThanOrEqual(9);
  expect(requests.length).toBeLessThanOrEqual(12);
  for (const gap of gaps(requests)) expect(gap).toBeGreaterThanOrEqual(0.9 * DAY_MS);
  expect(standings).toMatchObject([{ answered: false, fault: { code: "ORG_ARCHIVED" } }]);
  archived = false;
  const asked = requests.length;
  await clock.advance(1.1 * DAY_MS);
  expect(requests.length).toBeGreaterThan(asked + 1_000);
  expect(standings.at(-1)).toEqual({ answered: true });
  await loop.stop();
});
