import { X509Certificate } from "node:crypto";
import { AgentId, OrgId } from "@fyr/protocol";
import { systemRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createAgentCa,
  createCrl,
  createIntermediate,
  createRequest,
  generateKey,
  issueServer,
  readAgentIdentity,
} from "../src/pki/index.ts";
import { certificatesIn } from "../src/pki/pem.ts";
import { testPki, type TestPki } from "../src/testing/test-pki.ts";
import { openssl, scratch } from "./openssl.ts";

const { file, remove } = scratch();
const name = {
  orgId: OrgId.parse("01890000-0000-7000-8000-00000000000a"),
  agentId: AgentId.parse("01890000-0000-7000-8000-00000000000b"),
};
// openssl judges by the real clock
const now = Date.now();
let pki: TestPki;
let leaf: string;
let serverLeaf: string;
let paths: { root: string; agents: string; hub: string; leaf: string; server: string };

const first = (chain: string): string => certificatesIn(chain)[0] ?? "";

beforeAll(async () => {
  pki = await testPki(now);
  leaf = first((await pki.agent(name)).chainPem);
  serverLeaf = first((await pki.server(["hub.example.com", "192.0.2.7"])).chainPem);
  paths = {
    root: file("root.crt", pki.rootPem),
    agents: file("agents.crt", pki.agents.certificatePem),
    hub: file("hub.crt", pki.hubServer.certificatePem),
    leaf: file("leaf.crt", leaf),
    server: file("server.crt", serverLeaf),
  };
});
afterAll(remove);

const verify = (purpose: string, intermediate: string, leafPath: string, ...more: string[]) =>
  openssl([
    ...["verify", "-x509_strict", "-purpose", purpose, "-CAfile", paths.root],
    ...["-untrusted", intermediate, ...more, leafPath],
  ]);

test("openssl accepts both chains in strict mode, each for its own purpose only", () => {
  expect(verify("sslclient", paths.agents, paths.leaf)).toMatchObject({ ok: true });
  expect(verify("sslserver", paths.hub, paths.server)).toMatchObject({ ok: true });
  expect(verify("sslserver", paths.agents, paths.leaf).ok).toBe(false);
  expect(verify("sslclient", paths.hub, paths.server).ok).toBe(false);
});

test("an issuing key of agents can make no hub, even if it tries", async () => {
  const forged = await issueServer(pki.agents, ["hub.example.com"], systemRandom, now);
  expect(verify("sslserver", paths.agents, file("forged.crt", forged.leafPem)).ok).toBe(false);
});

test("an intermediate can make no further authority", async () => {
  const deeper = await createIntermediate(pki.agents, "agents", systemRandom, now);
  const key = generateKey();
  const request = await pki.agentCa.read(await createRequest(key));
  const { leafPem } = await createAgentCa(deeper, systemRandom).issue(request, name, now);
  const between = file("between.crt", pki.agents.certificatePem + deeper.certificatePem);
  expect(verify("sslclient", between, file("below.crt", leafPem)).text).toMatch(
    /path length constraint exceeded/,
  );
});

test("the agent's certificate reads as security.md 7.2 wants it", () => {
  const text = openssl(["x509", "-in", paths.leaf, "-noout", "-text"]).text;
  expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:FALSE/);
  expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
  expect(text).toMatch(/X509v3 Extended Key Usage: \s+TLS Web Client Authentication\n/);
  expect(text).toContain(`URI:fyr://org/${name.orgId}/agent/${name.agentId}\n`);
  expect(text).toMatch(/Subject Key Identifier[^]*Authority Key Identifier/);
  const { validFromDate, validToDate } = new X509Certificate(leaf);
  expect(now - validFromDate.getTime()).toBeLessThan(6 * 60_000);
  expect(validToDate.getTime() - now).toBeGreaterThan(29.99 * 86_400_000);
  expect(validToDate.getTime() - now).toBeLessThanOrEqual(30 * 86_400_000);
});

test("the hub's certificate names its hosts", () => {
  const text = openssl(["x509", "-in", paths.server, "-noout", "-text"]).text;
  expect(text).toContain("DNS:hub.example.com, IP Address:192.0.2.7");
});

test("openssl honours the revocation list", async () => {
  const { serial } = readAgentIdentity(new X509Certificate(leaf));
  const facts = { number: 300, nowMs: now };
  const empty = file("empty.crl", await createCrl(pki.agents, { ...facts, revoked: [] }));
  const full = file(
    "full.crl",
    await createCrl(pki.agents, { ...facts, revoked: [{ serial, revokedMs: now }] }),
  );
  const check = (crl: string) => verify("sslclient", paths.agents, paths.leaf, "-crl_check", "-CRLfile", crl);
  expect(check(empty)).toMatchObject({ ok: true });
  expect(check(full).text).toMatch(/certificate revoked/);
  const text = openssl(["crl", "-in", full, "-noout", "-text"]).text;
  expect(text).toMatch(/CRL Number: \s+300\n/);
  expect(text).toMatch(/Next Update/);
});

test("openssl agrees that the request proves its key", async () => {
  const path = file("request.csr", await createRequest(generateKey(), "an/example+="));
  const { ok, text } = openssl(["req", "-in", path, "-verify", "-noout", "-text"]);
  expect(ok).toBe(true);
  expect(text).toMatch(/verify OK/);
  expect(text).toMatch(/challengePassword\s*:an\/example\+=/);
});
