import { AccountId, RANKS } from "@fyr/protocol";
import { pick, seededRandom, type Random } from "@fyr/runtime";
import type { LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { ownerOf } from "../../testing/members.ts";
import { API_PREFIX, API_ROUTES } from "../api/routes/index.ts";
import type { ApiRoute } from "../api/route.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { openHouse, type House } from "../testing/house.ts";
import { importImage } from "../testing/matrix-image.ts";
import { BODIES, MAKERS, type Site } from "./places.ts";

const LONG = process.env["FYR_LONG"] === "1";
/** Over all organisations of a round; a round begins with new ones, since people shut each other out. */
const REQUESTS_OF_A_ROUND = 500;
const ROUNDS = { SQLite: LONG ? 180 : 18, PostgreSQL: LONG ? 20 : 2 } as const;

const NAMES = ["Acme", "Globex", "Initech"] as const;
const STRANGER = AccountId.parse("01890000-0000-7000-8000-0000000000ff");
const NOBODYS = "01890000-0000-7000-8000-00000000abcd";

/** After these, what stood outside somebody's folders may rightly stand inside. */
const STIRS = /^(move|change|confirm|mark|handOver)/;

/** What each organisation has, by parameter: names to mix into the requests of others. */
type Pool = Map<string, string[]>;

interface Actor {
  readonly who: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly home: House | null;
  readonly reaches: "all" | "lyon" | "nothing";
}

describe.each(await testDatabases())("B1-I1 A-24 R-003 on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: ApiBed;
  let image: Site["image"];
  beforeAll(async () => {
    opened = await open();
    bed = await openApiBed({ store: opened.store });
    image = await importImage(bed);
  });
  afterAll(async () => {
    await bed.close();
    await opened.drop();
  });

  async function pool(houses: readonly House[]): Promise<Pool> {
    const found: Pool = new Map();
    for (const house of houses) {
      for (const branch of ["hall", "paris"] as const) {
        const site = { bed, house, branch, by: ownerOf(house.orgId), image, route: "" };
        const own: Record<string, string> = {};
        for (const [param, make] of Object.entries(MAKERS)) {
          own[param] = await make(site, own);
          found.set(param, [...(found.get(param) ?? []), own[param]]);
        }
      }
    }
    return found;
  }

  const actorsOf = (house: House): Actor[] =>
    RANKS.map((rank) => ({
      who: `${rank} of ${house.name}`,
      headers: bed.signIn({ accountId: house.people[rank].accountId }),
      home: house,
      reaches: rank === "operator" || rank === "viewer" ? "lyon" : "all",
    }));

  /** Follows the chains of the houses: whatever changes an organisation adds to its own. */
  function follow(houses: readonly House[]) {
    const seen = houses.map(() => 0);
    return async (): Promise<House[]> => {
      const moved: House[] = [];
      for (const [at, house] of houses.entries()) {
        const { seq } = await opened.store.read.audit.head(house.orgId);
        if (seq !== seen[at]) moved.push(house);
        seen[at] = seq;
      }
      return moved;
    };
  }

  /** A request of `actor` with ids from everywhere, ready to be sent. */
  async function prepare(
    dice: Random,
    houses: readonly House[],
    ids: Pool,
    actor: Actor,
    route: ApiRoute,
  ): Promise<() => Promise<Response>> {
    const house = pick(dice, houses);
    const branch = pick(dice, ["hall", "paris"] as const);
    const any = (param: string): string => {
      const luck = dice.next();
      if (param === "orgId") return luck < 0.6 && actor.home ? actor.home.orgId : house.orgId;
      return luck < 0.05 ? NOBODYS : pick(dice, ids.get(param) ?? [NOBODYS]);
    };
    const url = API_PREFIX + route.path.replaceAll(/:(\w+)/g, (_, param: string) => any(param));
    const query =
      dice.next() < 0.3 ? `?limit=500&upgradeId=${any("upgradeId")}&folderId=${any("folderId")}` : "";
    const site = { bed, house, branch, by: ownerOf(house.orgId), image, route: route.name };
    const body = dice.next() < 0.9 ? await BODIES[route.name]?.(site) : {};
    const wish = {
      method: route.method,
      url: url + (route.query ? query : ""),
      headers: { ...actor.headers, ...(route.versioned && { "if-match": '"1"' }) },
      ...(route.body && { payload: body ?? {} }),
    };
    return () => bed.app.inject(wish);
  }

  /** Names of organisations, and of branches, that an answer must not hold. */
  function leaked(
    { home, reaches }: Actor,
    { body, headers }: Response,
    houses: readonly House[],
    stirred: ReadonlySet<House>,
  ): string[] {
    const said = body + JSON.stringify(headers);
    const foreign = houses.filter((house) => house !== home).map(({ canary }) => canary);
    const hidden = home && reaches === "lyon" && !stirred.has(home) ? [home.hidden] : [];
    return [...foreign, ...hidden].filter((canary) => said.includes(canary));
  }

  test.skipIf(!runs)(
    "no request reads or changes what is another organisation's",
    async () => {
      let [asked, answered, changed] = [0, 0, 0];
      for (let round = 0; round < ROUNDS[name as keyof typeof ROUNDS]; round++) {
        const dice = seededRandom(`cross ${name} ${round}`);
        const houses = await Promise.all(NAMES.map((label) => openHouse(bed, `${label}${round}`)));
        const ids = await pool(houses);
        const strangers: Actor[] = [
          { who: "nobody", headers: {}, home: null, reaches: "nothing" },
          { who: "a stranger", headers: bed.signIn({ accountId: STRANGER }), home: null, reaches: "nothing" },
          { who: "the operator", headers: bed.operator, home: null, reaches: "nothing" },
        ];
        const actors = [...houses.flatMap(actorsOf), ...strangers];
        const moved = follow(houses);
        const stirred = new Set<House>();
        for (let n = 0; n < REQUESTS_OF_A_ROUND; n++) {
          const [actor, route] = [pick(dice, actors), pick(dice, API_ROUTES)];
          const send = await prepare(dice, houses, ids, actor, route);
          await moved();
          const answer = await send();
          const about = `${actor.who}: ${route.name} answered ${answer.statusCode} ${answer.body.slice(0, 300)}`;
          expect(leaked(actor, answer, houses, stirred), about).toEqual([]);
          expect(answer.statusCode, about).toBeLessThan(500);
          if (answer.statusCode < 300 && actor.home && STIRS.test(route.name)) stirred.add(actor.home);
          asked++;
          if (answer.statusCode < 300) answered++;
          const by = await moved();
          const mayMove = answer.statusCode < 300 && route.method !== "GET" && actor.home ? [actor.home] : [];
          expect(
            by.filter((house) => !mayMove.includes(house)).map((house) => house.name),
            about,
          ).toEqual([]);
          changed += by.length;
        }
      }
      expect(asked).toBe(REQUESTS_OF_A_ROUND * ROUNDS[name as keyof typeof ROUNDS]);
      // A test in which nobody is ever let in would prove nothing.
      expect(answered).toBeGreaterThan(asked / 20);
      expect(changed).toBeGreaterThan(asked / 200);
    },
    LONG ? 3_600_000 : 300_000,
  );
});
