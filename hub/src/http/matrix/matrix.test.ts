import { ACTIONS, RANKS, type Rank } from "@fyr/protocol";
import type { LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../store/database.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { ownerOf } from "../../testing/members.ts";
import { rawDatabase } from "../../testing/raw-database.ts";
import type { ApiRoute } from "../api/route.ts";
import { API_PREFIX, API_ROUTES } from "../api/routes/index.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { openHouse, type House } from "../testing/house.ts";
import { expected, paramsOf, SCENES, type Scene } from "./expected.ts";
import { importImage } from "../testing/matrix-image.ts";
import { BODIES, MAKERS, QUERIES, WANTS_HISTORY, type Site } from "./places.ts";

/** The live stream is a WebSocket: its own test plays it. */
const routes = API_ROUTES.filter(({ admits, live }) => admits === "member" && !live);

/**
 * Actions that no route below an organisation is for: those of one's own account, which need no membership, and what comes
 * with later parts. What they allow is held by the test of the permission table alone.
 */
const WITHOUT_ROUTE = [
  "account.edit",
  "account.secure",
  "organisation.create",
  "organisation.policy",
  "user.read",
  "user.access",
  "webhook.manage",
  "folder.plan",
  "device.watch",
  "device.control",
  "recording.play",
  "recording.export",
  "device.onboard",
  "device.replace",
  "device.remove",
  "device.restart",
  "device.schedule",
  "device.rollBack",
  "alert.tend",
  "notice.own",
  "device.export",
  "device.import",
  "compliance.read",
  "view.save",
];

/** Refusals of the gate and of the access rules, and of a request that is none. */
const STOPPED = [
  ...["UNAUTHENTICATED", "MFA_REQUIRED", "STEP_UP_REQUIRED", "FORBIDDEN", "OWNER_ONLY"],
  ...["ORG_ARCHIVED", "MESSAGE_INVALID", "CROSS_SITE", "INTERNAL"],
];

function expectLetThrough(answer: Response): void {
  if (answer.statusCode < 300) return;
  const { code } = answer.json<{ code: string }>();
  expect(STOPPED.includes(code) ? answer.body : "").toBe("");
}

test("the matrix knows every route, its parameters and its body", () => {
  const strange = routes.flatMap((route) => [
    ...paramsOf(route)
      .filter((name) => !(name in MAKERS))
      .map((name) => `${route.name}: parameter ${name}`),
    ...(route.body && !(route.name in BODIES) ? [`${route.name}: body`] : []),
  ]);
  expect(strange).toEqual([]);
});

test("every row of the matrix has a route, or is named as having none yet", () => {
  const served = new Set(routes.map(({ action }) => action));
  expect(ACTIONS.filter((action) => !served.has(action))).toEqual(WITHOUT_ROUTE);
});

describe.each(await testDatabases())(
  "A-01 A-02 A-20 A-21 A-22 A-27 R-022 R-023 R-024 R-162 on $name",
  ({ open, runs }) => {
    let opened: OpenedStore;
    let bed: ApiBed;
    let house: House;
    let gone: House;
    let elsewhere: House;
    let image: Site["image"];
    let raw: Database;

    beforeAll(async () => {
      opened = await open();
      raw = rawDatabase(opened.url);
      bed = await openApiBed({ store: opened.store });
      image = await importImage(bed);
      house = await openHouse(bed, "Acme");
      elsewhere = await openHouse(bed, "Globex");
      gone = await openHouse(bed, "Initech");
      const settings = JSON.stringify({ operatorsMayUpgrade: true, operatorsMayExport: true });
      await raw.writer.updateTable("organisations").set({ settings }).execute();
    });
    afterAll(async () => {
      await raw.close();
      await bed.close();
      await opened.drop();
    });

    /** Everything that the case needs is new, so that no case spoils another. */
    async function play(route: ApiRoute, rank: Rank, scene: Scene, version?: string): Promise<Response> {
      const target = scene === "archived" ? gone : scene === "another organisation" ? elsewhere : house;
      const branch = scene === "outside" ? "paris" : "hall";
      const actor = await (scene === "another organisation" ? house : target).newcomer(rank);
      const by = scene === "another organisation" ? ownerOf(target.orgId) : await target.at(actor);
      const site: Site = { bed, house: target, branch, by, image, route: route.name };
      const url = await addressOf(route, site);
      const payload = await BODIES[route.name]?.(site);
      const query = new URLSearchParams(QUERIES[route.name]?.(site)).toString();
      const ask = async () =>
        bed.app.inject({
          method: route.method,
          url: query === "" ? url : `${url}?${query}`,
          headers: {
            ...bed.signIn({ accountId: actor.accountId }),
            ...(await matching(route, url, target, version)),
          },
          ...(payload && { payload }),
        });
      return scene === "archived" ? archivedWhile(ask) : ask();
    }

    async function addressOf(route: ApiRoute, site: Site): Promise<string> {
      const ids: Record<string, string> = {};
      for (const name of paramsOf(route)) ids[name] = (await MAKERS[name]?.(site, ids)) ?? "";
      return API_PREFIX + route.path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? "");
    }

    const matching = async (route: ApiRoute, url: string, target: House, version?: string) =>
      route.versioned ? { "if-match": version ?? (await versionAt(url, target)) } : {};

    async function archivedWhile(ask: () => Promise<Response>): Promise<Response> {
      await archive(gone, true);
      try {
        return await ask();
      } finally {
        await archive(gone, false);
      }
    }

    /** What an edit has to name: the version that is there, or the first of something new. */
    async function versionAt(url: string, { orgId, people }: House): Promise<string> {
      if (orgId === gone.orgId) return '"1"';
      const headers = bed.signIn({ accountId: people.owner.accountId });
      const { etag } = (await bed.app.inject({ method: "GET", url, headers })).headers;
      return typeof etag === "string" && /^"\d/.test(etag) ? etag : '"1"';
    }

    const archive = ({ orgId }: House, away: boolean) =>
      raw.writer
        .updateTable("organisations")
        .set({ archived_at: away ? 1 : null })
        .where("id", "=", orgId)
        .execute();

    const versioned = routes.filter((route) => route.versioned).map((route) => [route.name, route] as const);
    test.skipIf(!runs).each(versioned)(
      "%s made for a version that is no more is refused",
      async (_name, route) => {
        const answer = await play(route, "owner", "inside", '"9999"');
        expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([412, "VERSION_CONFLICT"]);
      },
    );

    describe.skipIf(!runs).each(routes.map((route) => [route.name, route] as const))("%s", (_name, route) => {
      test.each(RANKS.flatMap((rank) => SCENES.map((scene) => [rank, scene] as const)))(
        "as %s, %s",
        async (rank, scene) => {
          const answer = await play(route, rank, scene);
          const wanted = expected(route, rank, scene);
          if (wanted === 2 && WANTS_HISTORY.has(route.name)) return expectLetThrough(answer);
          expect({
            status: answer.statusCode,
            body: answer.statusCode < 300 ? "" : answer.body,
          }).toMatchObject({
            status: wanted === 2 ? (route.status ?? 200) : wanted,
          });
          if (wanted === 403) {
            expect(answer.json<{ details: object }>().details).toMatchObject({
              ...{ action: route.action, yourRole: rank },
            });
          }
        },
      );
    });
  },
);
