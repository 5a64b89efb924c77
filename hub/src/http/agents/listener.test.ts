import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { createIntermediate } from "@fyr/certs";
import { testPki } from "@fyr/certs/testing";
import { AGENT_ROUTES, fromProblem, NEXT_POLL_HEADER, SYNC_LIMITS, type SyncRequest } from "@fyr/protocol";
import { systemRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAgentsBed, serialOf, type Agent, type AgentsBed } from "../testing/agents-bed.ts";
import { agentName } from "../testing/door.ts";
import { dial, exchange, readAnswer, type RawAnswer, type RawRequest } from "../testing/raw.ts";
import { AGENT_ROUTE_TABLE } from "./routes.ts";

/** Patient: other tests share the machine. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 5 });

let bed: AgentsBed;
let agent: Agent;

beforeAll(async () => {
  bed = await openAgentsBed({ limits: { enrolmentsPerMinute: 1_000 } });
  agent = await bed.agent();
});
afterAll(() => bed.close());

const JSON_TYPE = { "content-type": "application/json" };

const syncOf = ({ agentId }: Pick<Agent, "agentId">): SyncRequest =>
  ({
    wire: 1,
    agentId,
    bootId: "01890000-0000-7000-8000-0000000000b0",
    syncId: "01890000-0000-7000-8000-0000000000c0",
    agentTime: 1,
    agentVersion: "1.0.0",
    capacity: { jobs: 1, cacheFreeBytes: 1 },
    jobs: [],
    events: [],
    commandAcks: [],
    inventoryHash: "0".repeat(64),
  }) as unknown as SyncRequest;

const post = (path: string, body: unknown, headers: Record<string, string> = JSON_TYPE): RawRequest => ({
  method: "POST",
  path,
  headers,
  body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
});

async function once(tls: Agent["tls"], request: RawRequest): Promise<RawAnswer> {
  const socket = await dial(tls);
  try {
    return await exchange(socket, request);
  } finally {
    socket.destroy();
  }
}

/** The answer is a problem document with `code`, under that code's status, and the door heard nothing. */
async function refused(tls: Agent["tls"], request: RawRequest, code: string): Promise<RawAnswer> {
  const heard = bed.door.calls.length;
  const answer = await once(tls, request);
  if (request.method !== "HEAD") {
    const fault = fromProblem(answer.json());
    expect(fault?.code).toBe(code);
    expect(answer.status).toBe(fault?.status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
  }
  expect(bed.door.calls.length).toBe(heard);
  return answer;
}

test("nothing to say is 204 with the next poll", async () => {
  const answer = await once(agent.tls, post(AGENT_ROUTES.sync, syncOf(agent)));
  expect(answer.status).toBe(204);
  expect(answer.headers[NEXT_POLL_HEADER]).toBe("30000");
  expect(bed.door.calls.at(-1)).toMatchObject({ name: "sync", args: [{ agentId: agent.agentId }, {}] });
});

test("a compressed sync is the same sync; one that unfolds too far is refused", async () => {
  const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
  const good = gzipSync(JSON.stringify(syncOf(agent)));
  expect((await once(agent.tls, post(AGENT_ROUTES.sync, good, headers))).status).toBe(204);
  const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
  await refused(agent.tls, post(AGENT_ROUTES.sync, bomb, headers), "MESSAGE_TOO_LARGE");
  await refused(agent.tls, post(AGENT_ROUTES.sync, "not gzip", headers), "MESSAGE_INVALID");
});

test("one connection carries many exchanges, and its certificate is read once", async () => {
  const socket = await dial(agent.tls);
  for (let turn = 0; turn < 20; turn++) {
    expect((await exchange(socket, post(AGENT_ROUTES.sync, syncOf(agent)))).status).toBe(204);
  }
  socket.destroy();
});

const POSTS = AGENT_ROUTE_TABLE.filter(({ methods }) => methods.includes("POST"));
const GUARDED = AGENT_ROUTE_TABLE.filter(({ certificate }) => certificate !== "none");

test.each(POSTS)("$path refuses what is malformed", async ({ path }) => {
  const bodies = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"__proto__":{"a":1}}',
    "[".repeat(40) + "]".repeat(40),
    '{"wire":2}',
  ];
  for (const body of bodies) await refused(agent.tls, post(path, body), "MESSAGE_INVALID");
  await refused(agent.tls, post(path, "wire: 1", { "content-type": "text/yaml" }), "MEDIA_TYPE_UNKNOWN");
  await refused(
    agent.tls,
    post(path, "{}", { ...JSON_TYPE, "content-encoding": "br" }),
    "MEDIA_TYPE_UNKNOWN",
  );
});

test.each(POSTS)("$path refuses what is oversized before reading it", async ({ path }) => {
  const announced = { ...JSON_TYPE, "content-length": String(2 ** 31) };
  const answer = await refused(agent.tls, post(path, "{", announced), "MESSAGE_TOO_LARGE");
  expect(answer.headers.connection).toBe("close");
  const chunked = { ...JSON_TYPE, "transfer-encoding": "chunked" };
  const socket = await dial(agent.tls);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: a\r\n${Object.entries(chunked)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n`,
  );
  const unread = readAnswer(socket);
  const piece = " ".repeat(64 * 1024);
  for (
    let sent = 0;
    sent < SYNC_LIMITS.requestBytes + 2 * piece.length && socket.writable;
    sent += piece.length
  ) {
    socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  }
  expect((await unread).json().code).toBe("MESSAGE_TOO_LARGE");
  socket.destroy();
});

test.each(AGENT_ROUTE_TABLE)("$path knows its methods and no other", async ({ path, methods }) => {
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"]) {
    if (!methods.includes(method)) await refused(agent.tls, { method, path }, "METHOD_UNKNOWN");
  }
  if (!methods.includes("HEAD")) {
    expect((await refused(agent.tls, { method: "HEAD", path }, "METHOD_UNKNOWN")).status).toBe(405);
  }
});

test("unknown paths are not found, in the reader's language", async () => {
  for (const path of [
    "/",
    "/agent/v1/syncs",
    "/agent/v1/sync/",
    "/api/v1/orgs",
    "/agent/v1/images/../sync",
  ]) {
    await refused(agent.tls, { path }, "NOT_FOUND");
  }
  const french = { "accept-language": "de, fr-CA;q=0.9, en;q=0.5" };
  const answer = await refused(agent.tls, { path: "/nowhere", headers: french }, "NOT_FOUND");
  expect(answer.headers["content-language"]).toBe("fr");
});

const example = (route: (typeof AGENT_ROUTE_TABLE)[number]): RawRequest =>
  route.methods.includes("POST")
    ? post(route.path, syncOf(agent))
    : { path: `${route.path}/${"ab".repeat(32)}` };

test.each(GUARDED)(
  "$path demands a certificate that is an agent's, of ours, alive and known",
  async (route) => {
    const now = Date.now();
    const year = 365 * 24 * 60 * 60 * 1000;
    const known = async (credentials: { keyPem: string; chainPem: string }, name = agentName()) => {
      bed.door.know({ ...name, certificateSerial: serialOf(credentials) });
      return bed.tlsOf(credentials);
    };
    const request = example(route);
    await refused(bed.tlsOf(), request, "CERTIFICATE_REQUIRED");

    const foreign = await testPki(now);
    await refused(await known(await foreign.agent(agentName())), request, "CERTIFICATE_UNKNOWN");
    const wrongUsage = await bed.pki.server(["localhost"]);
    await refused(await known(wrongUsage), request, "CERTIFICATE_UNKNOWN");
    const authority = await createIntermediate(bed.pki.root, "agents", systemRandom, now);
    const { privateKey } = await keyOf(authority);
    await refused(
      await known({ keyPem: privateKey, chainPem: authority.certificatePem }),
      request,
      "CERTIFICATE_UNKNOWN",
    );

    const name = agentName();
    const longDead = await bed.pki.agent(name, now - year);
    await refused(await known(longDead, name), request, "CERTIFICATE_EXPIRED");
    const unborn = await bed.pki.agent(name, now + year);
    // Issued while our clock was ahead, and its owner has no other: renewal looks at what it asks for.
    const isForgiven = route.certificate === "renewable";
    await refused(await known(unborn, name), request, isForgiven ? "MESSAGE_INVALID" : "CERTIFICATE_EXPIRED");

    const unrecorded = await bed.pki.agent(agentName());
    await refused(bed.tlsOf(unrecorded), request, "CERTIFICATE_UNKNOWN");
    const other = await bed.pki.agent(agentName());
    await refused(await known(other, agentName(2)), request, "CERTIFICATE_UNKNOWN");
  },
);

async function keyOf({ key }: Awaited<ReturnType<typeof createIntermediate>>) {
  return { privateKey: key.export({ type: "pkcs8", format: "pem" }).toString() };
}

test("only renewal takes a certificate that ended not long ago", async () => {
  const name = agentName();
  const credentials = await bed.pki.agent(name, Date.now() - 40 * 24 * 60 * 60 * 1000);
  bed.door.know({ ...name, certificateSerial: serialOf(credentials) });
  const tls = bed.tlsOf(credentials);
  await refused(tls, post(AGENT_ROUTES.sync, syncOf(name)), "CERTIFICATE_EXPIRED");
  const answer = await once(tls, post(AGENT_ROUTES.renew, { wire: 1, request: "pem" }));
  expect(answer.status).toBe(200);
});

test("an agent cannot speak for another", async () => {
  const other = await bed.agent();
  await refused(agent.tls, post(AGENT_ROUTES.sync, syncOf(other)), "AGENT_MISMATCH");
});

test("a revoked agent is refused at its next request, on the open connection and on new ones", async () => {
  const leaving = await bed.agent();
  const socket = await dial(leaving.tls);
  expect((await exchange(socket, post(AGENT_ROUTES.sync, syncOf(leaving)))).status).toBe(204);
  bed.door.revoke(leaving.certificateSerial);
  const answer = await exchange(socket, post(AGENT_ROUTES.sync, syncOf(leaving)));
  expect(answer.json().code).toBe("CERTIFICATE_REVOKED");
  socket.destroy();
  for (const route of GUARDED) {
    const request = route.name === "sync" ? post(route.path, syncOf(leaving)) : example(route);
    await refused(leaving.tls, request, "CERTIFICATE_REVOKED");
  }
});

test("sessions are not resumed, in either version of TLS, with or without revocation", async () => {
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    const leaving = await bed.agent();
    const first = await dial({ ...leaving.tls, maxVersion });
    let session = first.getSession();
    first.on("session", (offered) => (session = offered));
    await exchange(first, post(AGENT_ROUTES.sync, syncOf(leaving)));
    first.destroy();
    bed.door.revoke(leaving.certificateSerial);
    const again = await dial({ ...leaving.tls, maxVersion, ...(session && { session }) });
    expect(again.isSessionReused()).toBe(false);
    const answer = await exchange(again, post(AGENT_ROUTES.sync, syncOf(leaving)));
    expect(answer.json().code).toBe("CERTIFICATE_REVOKED");
    again.destroy();
  }
});

test("cut ends every open socket of that agent and nobody else's", async () => {
  const leaving = await bed.agent();
  const sockets = await Promise.all([dial(leaving.tls), dial(leaving.tls), dial(agent.tls)]);
  const [one, two, staying] = sockets;
  for (const [index, socket] of sockets.entries()) {
    await exchange(socket, post(AGENT_ROUTES.sync, syncOf(index < 2 ? leaving : agent)));
  }
  const closed = [one, two].map((socket) => new Promise((resolve) => socket?.once("close", resolve)));
  bed.connections.cut(leaving.agentId);
  await Promise.all(closed);
  expect((await exchange(staying, post(AGENT_ROUTES.sync, syncOf(agent)))).status).toBe(204);
  staying?.destroy();
});

test("what is no HTTP is answered with a problem and closed", async () => {
  for (const [bytes, code] of [
    ["NONSENSE\r\n\r\n", "MESSAGE_INVALID"],
    ["GET / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", "MESSAGE_INVALID"],
    [`GET / HTTP/1.1\r\nhost: a\r\nlong: ${"a".repeat(20_000)}\r\n\r\n`, "MESSAGE_TOO_LARGE"],
    ["CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", "METHOD_UNKNOWN"],
  ] as const) {
    const socket = await dial(agent.tls);
    const answer = readAnswer(socket);
    socket.write(bytes);
    expect((await answer).json().code).toBe(code);
    socket.destroy();
  }
});

test("old TLS finds nobody", async () => {
  await expect(dial({ ...agent.tls, minVersion: "TLSv1.1", maxVersion: "TLSv1.1" })).rejects.toThrow();
});

test("enrolment hands the door what ties the request to this connection", async () => {
  const socket = await dial(bed.tlsOf());
  const request = { wire: 1, codeId: "0".repeat(32), request: "pem", hostName: "site", agentVersion: "1" };
  const answer = await exchange(socket, post(AGENT_ROUTES.enrol, request));
  expect(answer.json().code).toBe("ENROL_CODE_INVALID");
  const { args } = bed.door.calls.at(-1)!;
  const ours = socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  expect(Buffer.from(args[1] as Uint8Array).equals(ours)).toBe(true);
  socket.destroy();
  const old = { ...bed.tlsOf(), maxVersion: "TLSv1.2" as const };
  await refused(old, post(AGENT_ROUTES.enrol, request), "ENROL_REQUEST_INVALID");
});

test("one source may try to enrol ten times a minute", async () => {
  const own = await openAgentsBed();
  const socket = await dial(own.tlsOf());
  const codes: unknown[] = [];
  let last: RawAnswer | undefined;
  for (let turn = 0; turn < 12; turn++) {
    last = await exchange(socket, post(AGENT_ROUTES.enrol, "{}"));
    codes.push(last.json().code);
  }
  expect(codes).toEqual([
    ...Array<string>(10).fill("MESSAGE_INVALID"),
    "TOO_MANY_REQUESTS",
    "TOO_MANY_REQUESTS",
  ]);
  expect(Number(last?.headers["retry-after"])).toBeGreaterThan(0);
  socket.destroy();
  await own.close();
});

test("slow headers, slow bodies and silent handshakes are cut off", async () => {
  const own = await openAgentsBed({ limits: { headersMs: 200, requestMs: 400, idleMs: 10_000 } });
  const slow = await own.agent();
  const headers = await dial(slow.tls);
  const first = readAnswer(headers);
  headers.write("GET /agent/v1/images/x HTTP/1.1\r\nhost: a\r\n");
  expect((await first).json().code).toBe("MESSAGE_INVALID");
  const body = await dial(slow.tls);
  const second = readAnswer(body);
  body.write(
    `POST ${AGENT_ROUTES.sync} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
  );
  expect((await second).json().code).toBe("MESSAGE_INVALID");
  const mute = connect(own.port, "127.0.0.1");
  await new Promise((resolve) => mute.once("close", resolve));
  await own.close();
});

test("an expectation is met, so that a careful client sends its body", async () => {
  const socket = await dial(agent.tls);
  const headers = { ...JSON_TYPE, expect: "100-continue" };
  const answer = await exchange(socket, post(AGENT_ROUTES.sync, syncOf(agent), headers));
  expect(answer.status).toBe(100);
  socket.destroy();
});

test("closing lets a running exchange end and takes no new one", async () => {
  let finish: () => void = () => undefined;
  const own = await openAgentsBed({
    limits: { drainMs: 5_000 },
    answers: {
      sync: () => new Promise((resolve) => (finish = () => resolve({ answer: null, nextPollMs: 1 }))),
    },
  });
  const busy = await own.agent();
  const [socket, idle] = [await dial(busy.tls), await dial(busy.tls)];
  const answer = exchange(socket, post(AGENT_ROUTES.sync, syncOf(busy)));
  await eventually(() => own.door.calls.length).toBe(1);
  const closed = own.close();
  await expect(dial(busy.tls)).rejects.toThrow("ECONNREFUSED");
  finish();
  expect((await answer).status).toBe(204);
  await closed;
  expect(socket.destroyed || socket.readableEnded || !idle.readable).toBe(true);
});
