import { fromProblem } from "@fyr/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { afterEach, expect, test } from "vitest";
import { openApiBed, type ApiBed, type ApiBedOptions } from "../testing/api-bed.ts";
import { letIn, type DoorPorts } from "./let-in.ts";
import type { ApiRoute } from "./route.ts";
import { API_PREFIX } from "./routes/index.ts";
import { createTurns } from "./turns.ts";

let bed: ApiBed;
afterEach(() => bed.close());

const open = async (limits: ApiBedOptions["limits"] = {}, proxies: readonly string[] = []): Promise<void> => {
  bed = await openApiBed({ limits: { callerPerMinute: 3, strangerPerMinute: 2, ...limits }, proxies });
};

const ask = (headers: Readonly<Record<string, string>> = {}, url = "/orgs") =>
  bed.app.inject({ method: "GET", url: API_PREFIX + url, headers });

const refused = (answer: Awaited<ReturnType<typeof ask>>) => ({
  code: fromProblem(answer.json())?.code,
  retryAfter: answer.headers["retry-after"],
});

test("a session has its turns in a minute, and is told how many are left", async () => {
  await open();
  const mine = bed.signIn();
  const first = await ask(mine);
  expect([first.headers["ratelimit-policy"], first.headers["ratelimit"]]).toEqual([
    '"caller";q=3;w=60',
    '"caller";r=2;t=20',
  ]);
  expect([(await ask(mine)).statusCode, (await ask(mine)).statusCode]).toEqual([200, 200]);
  const spent = await ask(mine);
  expect(refused(spent)).toEqual({ code: "TOO_MANY_REQUESTS", retryAfter: "20" });
  expect([spent.statusCode, spent.headers["ratelimit"]]).toEqual([429, '"caller";r=0;t=60']);
  expect(spent.headers["content-type"]).toBe("application/problem+json");
  await bed.hub.clock.advance(20_000);
  expect((await ask(mine)).statusCode).toBe(200);
  expect((await ask(mine)).statusCode).toBe(429);
});

test("what is refused to a caller costs a turn as well", async () => {
  await open();
  const mine = bed.signIn();
  const nowhere = `/orgs/01890000-0000-7000-8000-00000000abcd`;
  for (let n = 0; n < 3; n++) expect((await ask(mine, nowhere)).statusCode).toBe(404);
  expect((await ask(mine, nowhere)).statusCode).toBe(429);
});

test("strangers share the turns of their source, whatever tokens they make up, and take none of whoever is known", async () => {
  await open();
  const token = (n: number) => ({ authorization: `Bearer fyr_${"x".repeat(42)}${n}` });
  expect([(await ask(token(1))).statusCode, (await ask(token(2))).statusCode]).toEqual([401, 401]);
  expect(refused(await ask(token(3)))).toEqual({ code: "TOO_MANY_REQUESTS", retryAfter: "30" });
  expect((await ask()).statusCode).toBe(429);
  expect((await ask(bed.operator)).statusCode).toBe(200);
  expect((await ask(bed.signIn())).statusCode).toBe(200);
});

test("a route that is open to anyone is counted by source, whoever comes", async () => {
  await open();
  const turns = createTurns(bed.hub.clock, { callerPerMinute: 100, strangerPerMinute: 2 });
  const reply = { header: () => reply };
  const knock = (ip: string) =>
    letIn(
      { turns } as unknown as DoorPorts,
      { admits: "anyone" } as ApiRoute,
      { ip, method: "POST", headers: {}, cookies: {}, params: {} } as unknown as FastifyRequest,
      reply as unknown as FastifyReply,
    ).then(
      () => "in",
      ({ code }: { code: string }) => code,
    );
  const from = [
    "192.0.2.1",
    "192.0.2.1",
    "192.0.2.1",
    "192.0.2.2",
    "2001:db8::1",
    "2001:db8::2",
    "2001:db8::3",
  ];
  const ends = [];
  for (const ip of from) ends.push(await knock(ip));
  const full = "TOO_MANY_REQUESTS";
  expect(ends).toEqual(["in", "in", full, "in", "in", "in", full]);
});

test("behind a proxy that the operator named, each source has turns of its own; nobody else's word counts", async () => {
  await open({}, ["192.0.2.0/24"]);
  const from = (remoteAddress: string, forwarded: string) =>
    bed.app.inject({
      ...{ method: "GET", url: `${API_PREFIX}/orgs`, remoteAddress },
      headers: { "x-forwarded-for": forwarded },
    });
  const ends = async (remoteAddress: string, sources: readonly string[]) => {
    const codes = [];
    for (const source of sources) codes.push((await from(remoteAddress, source)).statusCode);
    return codes;
  };
  const two = ["198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.1"];
  expect(await ends("192.0.2.7", two)).toEqual([401, 401, 401, 429]);
  const forged = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
  expect(await ends("203.0.113.99", forged)).toEqual([401, 401, 429]);
  const chained = forged.map((source) => `${source}, 198.51.100.9`);
  expect(await ends("192.0.2.7", chained)).toEqual([401, 401, 429]);
});

test("health and the API's document are always told", async () => {
  await open({ strangerPerMinute: 1 });
  await ask();
  for (const url of ["/healthz", `${API_PREFIX}/openapi.json`])
    for (let n = 0; n < 3; n++) expect((await bed.app.inject(url)).statusCode).toBe(200);
});
