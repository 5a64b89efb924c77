import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates, type PeerCertificate, type TlsOptions } from "node:tls";
import { certificateKeyHash, newEnrolmentCode, readEnrolmentCode, type TlsCredentials } from "@fyr/certs";
import { X509Certificate } from "node:crypto";
import { testPki, type TestPki } from "@fyr/certs/testing";
import { isFault, type AgentId, type Fault, type OrgId } from "@fyr/protocol";
import { systemRandom } from "@fyr/runtime";
import { beforeAll, expect, test } from "vitest";
import { createHubLink } from "../http.ts";
import { falseHub } from "../testing/tls-server.ts";
import type { HubWire } from "../wire.ts";
import { openEnrolment } from "./enrolment.ts";
import { openHubWire } from "./https.ts";
import { openTls, hubTls } from "./tls.ts";

const DAY_MS = 86_400_000;
const SECRET = "what only the hub may read";
const name = {
  orgId: "01900000-0000-7000-8000-000000000001" as OrgId,
  agentId: "01900000-0000-7000-8000-000000000002" as AgentId,
};

let pki: TestPki;
let other: TestPki;
let ours: TlsCredentials;
let code: ReturnType<typeof readEnrolmentCode>;

beforeAll(async () => {
  pki = await testPki(Date.now());
  other = await testPki(Date.now());
  ours = await pki.agent(name, Date.now());
  code = readEnrolmentCode(
    newEnrolmentCode(systemRandom, certificateKeyHash(new X509Certificate(pki.rootPem))),
  );
});

const shows = ({ keyPem, chainPem }: TlsCredentials, root = pki.rootPem): TlsOptions => ({
  key: keyPem,
  cert: chainPem + root,
  requestCert: true,
  rejectUnauthorized: false,
});

const wireTo = (port: number, scheme = "https"): HubWire =>
  openHubWire({ url: `${scheme}://localhost:${port}`, rootPem: pki.rootPem, credentials: ours });

const say = (wire: HubWire) =>
  wire.exchange({
    method: "POST",
    path: "/agent/v1/sync",
    body: Buffer.from(SECRET),
    maxBodyBytes: 1_000,
    idleMs: 5_000,
  });

const OLD_TLS = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;

/** Everything that an impostor could try with a certificate, and why the agent refuses it. */
const FALSE_CERTIFICATES: readonly [string, RegExp, () => Promise<TlsOptions>][] = [
  ["another root", /SELF_SIGNED/, async () => shows(await other.server(), other.rootPem)],
  [
    "another root with ours attached",
    /UNABLE_TO_GET|UNABLE_TO_VERIFY/,
    async () => shows(await other.server()),
  ],
  [
    "our root, another name",
    /another name/,
    async () => shows(await pki.server(["other.example"], Date.now())),
  ],
  ["expired", /EXPIRED/, async () => shows(await pki.server(["localhost"], Date.now() - 35 * DAY_MS))],
  ["not yet valid", /NOT_YET/, async () => shows(await pki.server(["localhost"], Date.now() + DAY_MS))],
  ["self-signed", /SELF_SIGNED/, async () => shows(await pki.odd({}, "itself"), "")],
  ["for clients only", /PURPOSE/, async () => shows(await pki.odd({ usage: "client" }))],
  ["an agent's own", /PURPOSE/, async () => shows(await pki.agent(name, Date.now()))],
  ["an authority", /PURPOSE/, async () => shows(await pki.odd({ pathLength: 0 }))],
  ["TLS 1.1", /PROTO/, async () => ({ ...shows(await pki.server()), ...OLD_TLS })],
];

test("the true hub is heard", async () => {
  const hub = await falseHub(shows(await pki.server(["localhost"], Date.now())), "HTTP/1.1 204 None\r\n\r\n");
  const wire = wireTo(hub.port);
  expect((await say(wire)).status).toBe(204);
  expect(hub.heardBytes()).toBeGreaterThan(SECRET.length);
  wire.close();
  hub.close();
});

test.each(FALSE_CERTIFICATES)(
  "%s: nothing is told over HTTPS, MQTT or at enrolment",
  async (_, reason, options) => {
    const hub = await falseHub(await options());
    const wire = wireTo(hub.port);
    const mqtt = new URL(`mqtts://localhost:${hub.port}`);
    const attempts = [
      () => say(wire),
      () => openTls({ ...hubTls(mqtt, pki.rootPem, ours), port: hub.port }),
      async () => (await openEnrolment(`https://localhost:${hub.port}`, code)).post("/", Buffer.from(SECRET)),
    ];
    for (const attempt of attempts) {
      const fault: unknown = await attempt().catch((error: unknown) => error);
      expect(isFault(fault, "HUB_UNTRUSTED")).toBe(true);
      if (attempt !== attempts[2]) expect((fault as Fault).details["reason"]).toMatch(reason);
    }
    expect(hub.heardBytes()).toBe(0);
    wire.close();
    hub.close();
  },
);

test("an authority is no hub even if it may sign handshakes", async () => {
  const { raw } = new X509Certificate((await pki.server(["localhost"])).chainPem);
  const check = hubTls(new URL("https://localhost"), pki.rootPem).checkServerIdentity!;
  expect(check("localhost", { raw, ca: false } as PeerCertificate)).toBeUndefined();
  expect(check("localhost", { raw, ca: true } as PeerCertificate)).toMatchObject({ code: "HUB_UNTRUSTED" });
});

test("a certificate that the host itself trusts is not enough", async () => {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, other.rootPem]);
  const hub = await falseHub(shows(await other.server(), other.rootPem));
  const wire = wireTo(hub.port);
  await expect(say(wire)).rejects.toSatisfy((error) => isFault(error, "HUB_UNTRUSTED"));
  expect(hub.heardBytes()).toBe(0);
  setDefaultCACertificates(before);
  wire.close();
  hub.close();
});

test("plain HTTP gets nothing but a handshake, and an address without TLS is not dialled", async () => {
  const heard: Buffer[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.push(bytes);
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\nlogin");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const wire = wireTo(port);
  await expect(say(wire)).rejects.toSatisfy((error) => isFault(error, "HUB_UNTRUSTED"));
  expect(() => wireTo(port, "http")).toThrow("HUB_UNTRUSTED");
  await expect(openEnrolment(`http://localhost:${port}`, code)).rejects.toThrow("HUB_UNTRUSTED");
  expect(heard).toHaveLength(1);
  expect(heard[0]?.[0]).toBe(0x16);
  expect(Buffer.concat(heard).toString("latin1")).not.toContain(SECRET);
  wire.close();
  server.close();
});

test("no session is taken from one connection to the next", async () => {
  const options = shows(await pki.server(["localhost"], Date.now()));
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    const hub = await falseHub({ ...options, maxVersion }, "HTTP/1.1 204 None\r\nconnection: close\r\n\r\n");
    const wire = wireTo(hub.port);
    await say(wire);
    await say(wire);
    expect([hub.handshakes(), hub.resumed()]).toEqual([2, 0]);
    wire.close();
    hub.close();
  }
});

const answering = async (answer: string) =>
  falseHub(shows(await pki.server(["localhost"], Date.now())), `HTTP/1.1 ${answer}`);

const page = "<html>log in to go on</html>";
const html = `content-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n${page}`;

test.each([
  ["a redirect", `302 Found\r\nlocation: https://elsewhere.example/\r\n${html}`],
  ["a page of a captive portal", `200 OK\r\n${html}`],
  ["a page that calls itself JSON", `200 OK\r\n${html.replace("text/html", "application/json")}`],
  ["a proxy's own refusal", `407 Proxy\r\n${html}`],
])("%s is a failure and no data", async (_, answer) => {
  const hub = await answering(answer);
  const wire = wireTo(hub.port);
  const link = createHubLink(wire, { wall: () => 0 });
  const digest = "a".repeat(64) as Parameters<typeof link.chunkHashes>[0];
  const taken: Uint8Array[] = [];
  const asked = [
    () => link.sync({ agentId: name.agentId } as never, new AbortController().signal),
    () => link.renew("request"),
    () =>
      link.imageRange(digest, 0, 10, async (bytes) => void taken.push(bytes), new AbortController().signal),
    () => link.chunkHashes(digest, 10),
  ];
  for (const ask of asked) {
    await expect(ask()).rejects.toSatisfy((error) => isFault(error, "HUB_UNREACHABLE", "IMAGE_UNAVAILABLE"));
  }
  expect(taken).toEqual([]);
  wire.close();
  hub.close();
});
