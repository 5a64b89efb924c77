import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { FolderId, fromProblem, Label, LiveFrame, type OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { memberOf } from "../../access/member.ts";
import { STREAMS_PER_MEMBER } from "../../live/streams.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { join, signIn, type SignedIn } from "../../testing/sessions.ts";
import { browserOf, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { API_PREFIX } from "./routes/index.ts";

type Headers = Readonly<Record<string, string>>;

/** More than any database needs, 20 ms apart. */
const LOOKS = 500;

/** A reader at the other end of a real socket. */
interface Connection {
  readonly socket: WebSocket;
  /** Frames until one of them holds a notice with this action; then that frame. */
  until(action: string): Promise<LiveFrame>;
  first(): Promise<LiveFrame>;
  readonly closed: Promise<number>;
}

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("a live stream", () => {
    let bed: ApiBed;
    let opened: OpenedStore;
    let port: number;
    let robin: SignedIn;
    let orgId: OrgId;

    beforeAll(async () => {
      opened = await open();
      bed = await openApiBed({ store: opened.store });
      await bed.app.listen({ port: 0, host: "127.0.0.1" });
      ({ port } = bed.app.server.address() as AddressInfo);
      robin = await signIn(opened.store, bed.hub.clock);
      orgId = (await bed.hub.services.createOrganisation(robin.person, { name: "Acme" })).id;
    });
    afterAll(async () => {
      await bed.close();
      await opened.drop();
    });

    const urlOf = (org: string, query = "") => `ws://127.0.0.1:${port}${API_PREFIX}/orgs/${org}/live${query}`;

    function connect(headers: Headers, url = urlOf(orgId)): Promise<Connection> {
      const socket = new WebSocket(url, { headers });
      const frames: LiveFrame[] = [];
      let look = (): void => undefined;
      const found = (is: (frame: LiveFrame) => boolean) =>
        new Promise<LiveFrame>((resolve) => {
          look = () => {
            const frame = frames.find(is);
            if (frame) resolve(frame);
          };
          look();
        });
      socket.on("message", (data: Buffer) => {
        frames.push(LiveFrame.parse(JSON.parse(data.toString())));
        look();
      });
      const closed = new Promise<number>((resolve) => socket.once("close", resolve));
      const until = (action: string) =>
        found(({ notices }) => notices.some((notice) => notice.action === action));
      return new Promise((resolve, reject) => {
        socket.once("open", () => resolve({ socket, until, first: () => found(() => true), closed }));
        socket.once("error", reject);
      });
    }

    /** Why the hub does not let somebody in. */
    const refusal = (
      headers: Headers,
      url = urlOf(orgId),
    ): Promise<[number | undefined, string | undefined]> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url, { headers });
        socket.once("unexpected-response", (_request, answer) => {
          text(answer).then(
            (body) => resolve([answer.statusCode, fromProblem(JSON.parse(body))?.code]),
            reject,
          );
        });
        socket.once("open", () => reject(new Error("let in")));
        socket.on("error", () => undefined);
      });

    /** Lets looks follow each other until it is so; a database elsewhere answers in its own time. */
    async function inTime<T>(awaited: Promise<T>): Promise<T> {
      let isOver = false;
      const done = awaited.finally(() => (isOver = true));
      for (let looks = 0; !isOver; looks++) {
        expect(looks, "looks without it").toBeLessThan(LOOKS);
        await bed.hub.clock.advance(1_000);
        await setTimeout(20);
      }
      return done;
    }

    const root = () => FolderId.parse(orgId);
    const ownerAt = async () => {
      const found = await opened.store.read.access.membership(orgId, robin.person.accountId);
      if (!found) throw new Error("the founder is no member");
      return memberOf(robin.person, found);
    };

    const invite = async () => bed.hub.services.createAgent(await ownerAt(), { name: "Lobby" });

    test("tells a browser of a change at once, and of what it missed when it comes back", async () => {
      const browser = await connect(browserOf(robin.token));
      const { seq } = await browser.first();
      await invite();
      const told = await inTime(browser.until("agent.invited"));
      expect(told).toMatchObject({ seq: seq + 1, notices: [{ seq: seq + 1, kind: "agent" }] });
      browser.socket.close();
      await browser.closed;
      await invite();
      const again = await connect(browserOf(robin.token), urlOf(orgId, `?after=${told.seq}`));
      const missed = await inTime(again.until("agent.invited"));
      expect(missed.notices.map((notice) => notice.seq)).toEqual([told.seq + 1]);
      again.socket.terminate();
      await again.closed;
    });

    test("B1-T1: is not opened for a page of another site, nor for whoever is nobody or no member", async () => {
      const ours = browserOf(robin.token);
      const without = (name: string) =>
        Object.fromEntries(Object.entries(ours).filter(([each]) => each !== name));
      const forged = [
        without("origin"),
        { ...ours, origin: "https://evil.test" },
        { ...ours, origin: "null" },
        { ...ours, "sec-fetch-site": "cross-site" },
      ];
      for (const headers of forged) expect(await refusal(headers)).toEqual([403, "CROSS_SITE"]);
      expect(await refusal({})).toEqual([401, "UNAUTHENTICATED"]);
      expect(await refusal(browserOf("nobody"))).toEqual([401, "UNAUTHENTICATED"]);
      const stranger = await signIn(opened.store, bed.hub.clock);
      expect(await refusal(browserOf(stranger.token))).toEqual([404, "NOT_FOUND"]);
      expect(await refusal(ours, urlOf("01890000-0000-7000-8000-00000000abcd"))).toEqual([404, "NOT_FOUND"]);
      expect(await refusal(ours, urlOf(orgId, "?after=-1"))).toEqual([400, "MESSAGE_INVALID"]);
    });

    test("A-46 B1-S5: ends when its session does, and others go on", async () => {
      const [leaver, stayer] = [
        await signIn(opened.store, bed.hub.clock),
        await signIn(opened.store, bed.hub.clock),
      ];
      for (const { person } of [leaver, stayer]) await join(opened.store, orgId, person, "viewer");
      const [one, other] = [await connect(browserOf(leaver.token)), await connect(browserOf(stayer.token))];
      await Promise.all([one.first(), other.first()]);
      await opened.store.write(({ sessions }) =>
        sessions.end(leaver.person.accountId, leaver.person.sessionId),
      );
      expect(await inTime(one.closed)).toBe(4401);
      expect(await refusal(browserOf(leaver.token))).toEqual([401, "UNAUTHENTICATED"]);
      expect(other.socket.readyState).toBe(WebSocket.OPEN);
      other.socket.send("anybody there?");
      expect(await other.closed).toBe(1008);
    });

    test("R-037: of a key ends within two seconds of its revocation; the account's other key goes on", async () => {
      const { serviceAccounts } = bed.hub.services;
      const wish = { name: Label.parse("Collector"), role: "viewer", grants: [] } as const;
      const owner = await ownerAt();
      const { id } = await serviceAccounts.create(owner, {
        ...wish,
        grants: [{ folderId: root(), role: "viewer" }],
      });
      const newKey = () => serviceAccounts.createKey(owner, id, { name: wish.name, scope: null, days: 30 });
      const [lost, kept] = [await newKey(), await newKey()];
      const bearer = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
      const [one, other] = [await connect(bearer(lost)), await connect(bearer(kept))];
      await Promise.all([one.first(), other.first()]);
      await serviceAccounts.revokeKey(owner, id, lost.key.id);
      const began = bed.hub.clock.wall();
      expect(await inTime(one.closed)).toBe(4401);
      expect(bed.hub.clock.wall() - began).toBeLessThanOrEqual(2_000);
      expect(await refusal(bearer(lost))).toEqual([401, "UNAUTHENTICATED"]);
      expect(other.socket.readyState).toBe(WebSocket.OPEN);
      other.socket.terminate();
      await other.closed;
    });

    test("is refused beyond so many of one member", async () => {
      const many = await signIn(opened.store, bed.hub.clock);
      await join(opened.store, orgId, many.person, "viewer");
      const all = [];
      for (let n = 0; n < STREAMS_PER_MEMBER; n++) {
        const one = await connect(browserOf(many.token));
        await one.first();
        all.push(one);
      }
      expect(await refusal(browserOf(many.token))).toEqual([429, "TOO_MANY_REQUESTS"]);
      for (const { socket } of all) socket.terminate();
      await Promise.all(all.map(({ closed }) => closed));
    });

    test("is a WebSocket and nothing else", async () => {
      const answer = await bed.app.inject({
        url: `${API_PREFIX}/orgs/${orgId}/live`,
        headers: browserOf(robin.token),
      });
      expect([answer.statusCode, fromProblem(answer.json())?.code]).toEqual([426, "WEBSOCKET_ONLY"]);
    });

    test("ends with the hub", async () => {
      const reader = await connect(browserOf(robin.token));
      await reader.first();
      await bed.hub.live.stop();
      expect(await reader.closed).toBe(1001);
    });
  });
});
