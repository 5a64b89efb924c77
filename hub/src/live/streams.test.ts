import { FolderId, LiveFrame, type OrgId, type Role } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { fakeClock, type FakeClock } from "@fyr/runtime/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IDLE_MS } from "../accounts/times.ts";
import { memberOf } from "../access/member.ts";
import type { Membership, PrincipalId } from "../access/store.ts";
import { FOUNDER } from "../testing/members.ts";
import { testHub, type TestHub } from "../testing.ts";
import { join, signIn, type SignedIn } from "../testing/sessions.ts";
import { noticing } from "./noticing.ts";
import type { LiveStore } from "./store.ts";
import { BEAT_MS, WAITING_BYTES, type Outlet } from "./stream.ts";
import { createStreams, LONGEST_CATCH_UP, STREAMS_PER_MEMBER, type LiveStreams } from "./streams.ts";

/** The other side of a stream, with everything that it was told. */
class Reader implements Outlet {
  readonly frames: LiveFrame[] = [];
  closed: readonly [number, string] | null = null;
  beats = 0;
  untaken = 0;
  leave: () => void = () => undefined;
  send(text: string): void {
    this.frames.push(LiveFrame.parse(JSON.parse(text)));
  }
  waiting = (): number => this.untaken;
  beat(): void {
    this.beats += 1;
  }
  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }
  get told(): string[] {
    return this.frames.flatMap(({ notices }) => notices.map(({ action }) => action));
  }
  get seqs(): number[] {
    return this.frames.flatMap(({ notices }) => notices.map(({ seq }) => seq));
  }
  get cursor(): number | undefined {
    return this.frames.at(-1)?.seq;
  }
}

let clock: FakeClock;
let hub: TestHub;
let live: LiveStreams;
let asked: string[];
/** What became of memberships; null for those that ended. */
let changed: Map<PrincipalId, Partial<Membership> | null>;
/** What happens while a look goes on. */
let meanwhile: () => Promise<unknown>;
let orgId: OrgId;

beforeEach(async () => {
  clock = fakeClock();
  hub = await testHub({ clock });
  asked = [];
  changed = new Map();
  meanwhile = () => Promise.resolve();
  live = createStreams({ clock, log: silentLog }, counting(hub.store.read.live));
  orgId = (await hub.services.createOrganisation(FOUNDER, { name: "Acme" })).id;
});
afterEach(async () => {
  await live.stop();
  await hub.close();
});

/** The real store, counting what is asked; memberships may be other than they are. */
const counting = (store: LiveStore): LiveStore => ({
  ...(Object.fromEntries(
    Object.entries(store).map(([name, ask]) => [
      name,
      (...args: unknown[]) => {
        asked.push(name);
        return (ask as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as LiveStore),
  async memberships(who) {
    asked.push("memberships");
    const found = await store.memberships(who);
    const answer = found.flatMap((membership) => {
      const facts = changed.get(membership.principalId);
      return facts === null ? [] : [{ ...membership, ...facts }];
    });
    await meanwhile();
    return answer;
  },
});

/** A second is a look. */
const second = () => clock.advance(1_000);

async function member(role: Role, folders: readonly string[] = []): Promise<SignedIn> {
  const somebody = await signIn(hub.store, clock);
  const grants = folders.map((id) => ({
    folderId: FolderId.parse(id),
    role: role === "admin" ? ("operator" as const) : role,
  }));
  await join(hub.store, orgId, somebody.person, role, grants);
  return somebody;
}

async function watch({ person }: SignedIn, after?: number): Promise<Reader> {
  const reader = new Reader();
  const membership = await hub.store.read.access.membership(orgId, person.accountId);
  if (!membership) throw new Error("no member");
  reader.leave = await live.open(memberOf(person, membership), after, reader);
  return reader;
}

const write = (action: string, object: string = orgId) =>
  hub.store.write(({ audit }) => audit.append([{ orgId, at: clock.wall(), actor: "hub", action, object }]));

const folder = async (name: string, parentId: string = orgId): Promise<FolderId> => {
  const id = FolderId.parse(hub.ports.ids.next());
  await hub.store.write(({ folders }) =>
    folders.insert({ orgId, id, parentId: FolderId.parse(parentId), name, createdAt: 0, version: 1 }),
  );
  return id;
};

test("an admin is told each change once, from now on, and continues where another stream ended", async () => {
  const admin = await member("admin");
  const reader = await watch(admin);
  const start = reader.cursor ?? -1;
  await write("organisation.renamed");
  await second();
  await write("licence.allocated", "x");
  await write("view.saved", "y");
  await second();
  expect(reader.told).toEqual(["organisation.renamed", "licence.allocated", "view.saved"]);
  expect(reader.seqs).toEqual([start + 1, start + 2, start + 3]);
  reader.leave();
  await write("member.removed", "z");
  await second();
  expect(reader.told).toHaveLength(3);
  const next = await watch(admin, reader.cursor);
  await second();
  expect(next.told).toEqual(["member.removed"]);
  const all = await watch(admin, 0);
  await second();
  expect(all.seqs).toEqual(Array.from({ length: start + 4 }, (_, at) => at + 1));
});

test("A-24: whoever sees a folder is told what happens in it and below, and the cursor passes over the rest", async () => {
  const [lyon, paris] = [await folder("Lyon"), await folder("Paris")];
  const hall = await folder("Hall", lyon);
  const reader = await watch(await member("viewer", [lyon]));
  await write("folder.renamed", lyon);
  await write("folder.renamed", paris);
  await write("folder.renamed", hall);
  await write("folder.renamed", orgId);
  await write("licence.allocated", "x");
  await write("invitation.sent", "x");
  await write("service.created", "x");
  await write("something.unheard", "x");
  await write("member.removed", "x");
  await second();
  expect(reader.frames.flatMap(({ notices }) => notices.map(({ object }) => object))).toEqual([
    lyon,
    hall,
    "x",
  ]);
  expect(reader.told.at(-1)).toBe("member.removed");
  const head = reader.cursor ?? 0;
  await write("folder.renamed", paris);
  await clock.advance(BEAT_MS);
  expect([reader.told.length, reader.cursor]).toEqual([3, head + 1]);
});

test("a notice says that something was changed, and nothing of who or what", async () => {
  const reader = await watch(await member("viewer"));
  await hub.store.write(({ audit }) =>
    audit.append([
      {
        orgId,
        at: 5,
        actor: "account:secret",
        action: "member.removed",
        object: "x",
        before: "b",
        after: "a",
      },
    ]),
  );
  await second();
  expect(reader.frames.at(-1)?.notices).toEqual([
    { seq: reader.cursor, at: 5, action: "member.removed", kind: "member", object: "x" },
  ]);
});

test("R-037: another role counts from the next notice on, also when it changes while the hub looks", async () => {
  const admin = await member("admin");
  const reader = await watch(admin);
  await write("licence.allocated");
  await second();
  expect(reader.told).toEqual(["licence.allocated"]);
  // Written after this look read the news: it must not be told by the role that was read before it.
  meanwhile = async () => {
    meanwhile = () => Promise.resolve();
    changed.set(admin.person.accountId, { role: "viewer" });
    await write("licence.redeemed");
  };
  await write("member.removed");
  await second();
  await second();
  expect(reader.told).toEqual(["licence.allocated", "member.removed"]);
  expect(reader.closed).toBeNull();
});

test("A-46: a stream ends within two seconds of the session, the membership or the organisation", async () => {
  const [ended, idle, removed, archived, other] = [
    await member("admin"),
    await member("admin"),
    await member("admin"),
    await member("admin"),
    await member("admin"),
  ];
  const readers = [];
  for (const somebody of [ended, removed, archived, other]) readers.push(await watch(somebody));
  await hub.store.write(({ sessions }) => sessions.end(ended.person.accountId, ended.person.sessionId));
  changed.set(removed.person.accountId, null);
  changed.set(archived.person.accountId, { archivedAt: 1 });
  await write("licence.allocated");
  await clock.advance(2_000);
  expect(readers.map(({ closed }) => closed?.[0])).toEqual([4401, 4404, 4410, undefined]);
  expect(readers.map(({ told }) => told)).toEqual([[], [], [], ["licence.allocated"]]);
  const late = await watch(idle);
  await clock.advance(IDLE_MS);
  expect(late.closed?.[0]).toBe(4401);
  expect(live.count()).toBe(0);
});

test("silence is broken, so that each side knows that the other is there", async () => {
  const reader = await watch(await member("viewer"));
  await clock.advance(3 * BEAT_MS + 1_000);
  expect(reader.beats).toBe(3);
  expect(reader.frames.map(({ notices }) => notices.length)).toEqual([0, 0, 0, 0]);
});

test("a reader that does not keep up is sent away, and misses nothing when it comes back", async () => {
  const admin = await member("admin");
  const slow = await watch(admin);
  const quick = await watch(admin);
  await write("licence.allocated");
  await second();
  slow.untaken = WAITING_BYTES + 1;
  await write("licence.redeemed");
  await second();
  expect([slow.closed?.[0], quick.told]).toEqual([1013, ["licence.allocated", "licence.redeemed"]]);
  const again = await watch(admin, slow.cursor);
  await second();
  expect(again.told).toEqual(["licence.redeemed"]);
});

test("somebody has so many streams and no more, over all organisations", async () => {
  const admin = await member("admin");
  const readers = [];
  for (let n = 0; n < STREAMS_PER_MEMBER; n++) readers.push(await watch(admin));
  expect(() => live.demandRoom(admin.person.accountId)).toThrow(
    expect.objectContaining({ code: "TOO_MANY_REQUESTS" }) as Error,
  );
  expect((await watch(admin)).closed?.[0]).toBe(4429);
  expect((await watch(await member("viewer"))).closed).toBeNull();
  readers[0]?.leave();
  expect(() => live.demandRoom(admin.person.accountId)).not.toThrow();
});

test("whoever cannot continue is told to read everything anew", async () => {
  const admin = await member("admin");
  const ahead = await watch(admin, 1_000_000);
  expect(ahead.frames).toEqual([{ seq: ahead.cursor, notices: [], reset: true }]);
  const many = Array.from({ length: LONGEST_CATCH_UP }, () => ({
    ...{ orgId, at: 1, actor: "hub", action: "member.removed", object: "x" },
  }));
  await hub.store.write(({ audit }) => audit.append(many));
  const behind = await watch(admin, 0);
  expect(behind.frames[0]?.reset).toBe(true);
  const near = await watch(admin, (behind.cursor ?? 0) - LONGEST_CATCH_UP);
  await clock.advance(10_000);
  expect(near.seqs).toHaveLength(LONGEST_CATCH_UP);
  expect(near.cursor).toBe(behind.cursor);
});

test("what is written in this process is told at once; nothing is asked when nobody reads", async () => {
  const store = noticing(hub.store, (orgs) => live.changed(orgs));
  const admin = await member("admin");
  const entry = { orgId, at: 1, actor: "hub", action: "member.removed", object: "x" };
  asked = [];
  await store.write(({ audit }) => audit.append([entry]));
  await second();
  expect(asked).toEqual([]);
  const reader = await watch(admin);
  await clock.advance(0);
  await store.write(({ audit }) => audit.append([entry]));
  await clock.advance(100);
  expect(reader.told).toEqual(["member.removed"]);
  await expect(
    store.write(async ({ audit }) => {
      await audit.append([entry]);
      throw new Error("on purpose");
    }),
  ).rejects.toThrow("on purpose");
  await second();
  expect(reader.told).toHaveLength(1);
});

test("all streams together cost the same few questions", async () => {
  const admins = [await member("admin"), await member("admin"), await member("viewer")];
  for (const admin of [...admins, ...admins]) await watch(admin);
  await second();
  asked = [];
  await second();
  expect(asked.sort()).toEqual(["heads", "keys", "memberships", "sessions"].sort());
});

test("a database that fails tells nobody anything, and everything later", async () => {
  const admin = await member("admin");
  const reader = await watch(admin);
  await second();
  meanwhile = () => Promise.reject(new Error("on purpose"));
  await write("licence.allocated");
  await clock.advance(3_000);
  expect([reader.told, reader.closed]).toEqual([[], null]);
  meanwhile = () => Promise.resolve();
  await second();
  expect(reader.told).toEqual(["licence.allocated"]);
});

test("a hub that stops says so", async () => {
  const reader = await watch(await member("viewer"));
  await live.stop();
  expect(reader.closed?.[0]).toBe(1001);
  expect(clock.nextDue()).toBeUndefined();
});
