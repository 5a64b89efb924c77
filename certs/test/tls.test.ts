import { once } from "node:events";
import { connect, createServer, type ConnectionOptions, type Server, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { AgentId, isFault, OrgId } from "@fyr/protocol";
import { systemRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  agentOf,
  agentTlsOptions,
  certificateKeyHash,
  channelBinding,
  hubTlsOptions,
  newEnrolmentCode,
  pinnedRoot,
  readEnrolmentCode,
  untrustingTlsOptions,
  type TlsCredentials,
} from "../src/pki/index.ts";
import { X509Certificate } from "node:crypto";
import { testPki, type TestPki } from "../src/testing/test-pki.ts";

// A TLS handshake judges by the real clock.
const now = Date.now();
const DAY = 86_400_000;
const name = {
  orgId: OrgId.parse("01890000-0000-7000-8000-00000000000a"),
  agentId: AgentId.parse("01890000-0000-7000-8000-00000000000b"),
};

let pki: TestPki;
let foreign: TestPki;
let agent: TlsCredentials;
beforeAll(async () => {
  pki = await testPki(now);
  foreign = await testPki(now);
  agent = await pki.agent(name);
});

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

interface Hub {
  readonly port: number;
  /** What the hub made of each connection: the agent's id, or the code of its refusal. */
  readonly seen: string[];
  /** Bytes that clients sent. */
  received: number;
  readonly sockets: TLSSocket[];
}

function judge(socket: TLSSocket, agentsPem: string): string {
  try {
    return agentOf(socket, { agentsPems: [agentsPem], nowMs: Date.now() }).agentId;
  } catch (error) {
    return isFault(error) ? error.code : `crash ${String(error)}`;
  }
}

async function hub(credentials: TlsCredentials, of: TestPki = pki): Promise<Hub> {
  const found: Hub = { port: 0, seen: [], received: 0, sockets: [] };
  const server = createServer(hubTlsOptions(credentials, of.rootPem), (socket) => {
    found.sockets.push(socket);
    found.seen.push(judge(socket, of.agents.certificatePem));
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => (found.received += bytes.length));
    socket.write("hello");
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(found, { port: (server.address() as AddressInfo).port });
}

/** Connects and says hello as soon as TLS allows; "accepted" or the error code. */
function dial(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, ...options, host: "127.0.0.1" });
    socket.on("secureConnect", () => socket.write("agent data"));
    socket.on("data", () => {
      socket.end();
      resolve("accepted");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const asAgent = (credentials?: TlsCredentials, rootPem = pki.rootPem) =>
  agentTlsOptions(rootPem, "localhost", credentials);

test("an agent and its hub prove themselves to each other", async () => {
  const { port, seen } = await hub(await pki.server());
  expect(await dial(port, asAgent(agent))).toBe("accepted");
  expect(seen).toEqual([name.agentId]);
});

test("the hub's listener lives on without, and with a wrong, client certificate", async () => {
  const { port, seen } = await hub(await pki.server());
  expect(await dial(port, asAgent())).toBe("accepted");
  expect(await dial(port, asAgent(await foreign.agent(name)))).toBe("accepted");
  expect(await dial(port, asAgent(await pki.agent(name, now - 31 * DAY)))).toBe("accepted");
  expect(await dial(port, asAgent(await pki.agent(name, now + DAY)))).toBe("accepted");
  expect(await dial(port, asAgent(await pki.server()))).toBe("accepted");
  expect(await dial(port, asAgent(agent))).toBe("accepted");
  expect(seen).toEqual([
    "CERTIFICATE_REQUIRED",
    "CERTIFICATE_UNKNOWN",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_UNKNOWN",
    name.agentId,
  ]);
});

test("a false hub gets not one byte from an agent", async () => {
  const falseHubs: Record<string, TlsCredentials> = {
    "another root": await foreign.server(),
    "another name": await pki.server(["other.example.com"]),
    expired: await pki.server(undefined, now - 31 * DAY),
    "not yet valid": await pki.server(undefined, now + DAY),
    "an agent's certificate": agent,
  };
  for (const [kind, credentials] of Object.entries(falseHubs)) {
    const impostor = await hub(credentials);
    expect(await dial(impostor.port, asAgent(agent)), kind).not.toBe("accepted");
    expect(impostor.received, kind).toBe(0);
  }
});

test("the name is checked that the installer gave, not the address dialled", async () => {
  const { port } = await hub(await pki.server(["hub.example.com"]));
  const named = (host: string) => ({ ...agentTlsOptions(pki.rootPem, host, agent) });
  expect(await dial(port, named("hub.example.com"))).toBe("accepted");
  expect(await dial(port, named("localhost"))).toBe("HUB_UNTRUSTED");
  expect(await dial(port, named("127.0.0.1"))).toBe("HUB_UNTRUSTED");
  const byAddress = await hub(await pki.server(["127.0.0.1"]));
  expect(await dial(byAddress.port, named("127.0.0.1"))).toBe("accepted");
});

test("the machine's own trust store opens no door to an agent", async () => {
  const impostor = await hub(await foreign.server(), foreign);
  const trusting = { ...asAgent(agent), ca: [foreign.rootPem] };
  expect(await dial(impostor.port, trusting)).toBe("accepted");
  expect(await dial(impostor.port, asAgent(agent))).toMatch(/SELF_SIGNED|UNABLE_TO/);
});

test("no session is ever resumed, in TLS 1.3 and 1.2", async () => {
  const { port } = await hub(await pki.server());
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    const options = { ...asAgent(agent), host: "127.0.0.1", port, maxVersion };
    const visit = async (session?: Buffer) => {
      const socket = connect({ ...options, ...(session && { session }) });
      const kept: Buffer[] = [];
      socket.on("session", (bytes) => kept.push(bytes));
      await once(socket, "data");
      const known = kept.at(-1) ?? socket.getSession();
      const isReused = socket.isSessionReused();
      socket.destroy();
      return { known, isReused };
    };
    const { known } = await visit();
    expect((await visit(known)).isReused, maxVersion).toBe(false);
  }
});

test("older TLS is refused", async () => {
  const { port } = await hub(await pki.server());
  const old = { ...asAgent(agent), minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } as const;
  expect(await dial(port, old)).not.toBe("accepted");
});

test("a code finds its root in the handshake, and finds no other", async () => {
  const code = (of: TestPki) =>
    readEnrolmentCode(newEnrolmentCode(systemRandom, certificateKeyHash(new X509Certificate(of.rootPem))));
  const { port } = await hub(await pki.server());
  const socket = connect({ port, host: "127.0.0.1", ...untrustingTlsOptions() });
  await once(socket, "secureConnect");
  expect(pinnedRoot(socket, code(pki)).trim()).toBe(pki.rootPem.trim());
  expect(() => pinnedRoot(socket, code(foreign))).toThrow("HUB_UNTRUSTED");
  socket.destroy();
});

test("both ends of a connection derive one binding, and each connection its own", async () => {
  const place = await hub(await pki.server());
  const bindings: string[] = [];
  for (let visit = 0; visit < 2; visit++) {
    const socket = connect({ port: place.port, ...asAgent(), host: "127.0.0.1" });
    await once(socket, "data");
    const mine = Buffer.from(channelBinding(socket)).toString("hex");
    const theirs = place.sockets[visit];
    expect(theirs && Buffer.from(channelBinding(theirs)).toString("hex")).toBe(mine);
    bindings.push(mine);
    socket.destroy();
  }
  expect(new Set(bindings).size).toBe(2);
});

test("TLS 1.2 gives no binding", async () => {
  const { port } = await hub(await pki.server());
  const socket = connect({ port, ...asAgent(), host: "127.0.0.1", maxVersion: "TLSv1.2" });
  await once(socket, "data");
  expect(() => channelBinding(socket)).toThrow("HUB_UNTRUSTED");
  socket.destroy();
});
