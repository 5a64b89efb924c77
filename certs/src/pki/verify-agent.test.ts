import { X509Certificate } from "node:crypto";
import { AgentId, isFault, OrgId } from "@fyr/protocol";
import { beforeAll, expect, test } from "vitest";
import { systemRandom } from "@fyr/runtime";
import { testPki, type TestPki } from "../testing/test-pki.ts";
import { build, DAY_MS, type Profile } from "./certificate.ts";
import { agentUri } from "./identity.ts";
import { generateKey, keyHash, readKey, spkiOf } from "./keys.ts";
import { verifyAgentCertificate } from "./verify-agent.ts";

const now = Date.UTC(2026, 5, 1);
const name = {
  orgId: OrgId.parse("01890000-0000-7000-8000-00000000000a"),
  agentId: AgentId.parse("01890000-0000-7000-8000-00000000000b"),
};
let pki: TestPki;
beforeAll(async () => {
  pki = await testPki(now);
});

const rules = (nowMs = now, graceMs = 0) => ({ agentsPems: [pki.agents.certificatePem], nowMs, graceMs });

function verdict(pem: string, nowMs = now, graceMs = 0): string {
  try {
    return verifyAgentCertificate(new X509Certificate(pem), rules(nowMs, graceMs)).agentId;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

/** A certificate of any shape, signed by the true issuer of agents: what a careless or stolen issuer could make. */
async function odd(profile: Partial<Profile>, key = generateKey()): Promise<string> {
  const whole: Profile = {
    subject: "CN=odd",
    usage: "client",
    lifeMs: DAY_MS,
    names: [{ type: "url", value: agentUri(name) }],
    ...profile,
  };
  const issuer = pki.agents;
  const order = {
    profile: whole,
    spki: spkiOf(key),
    issuer,
    key: issuer.key,
    random: systemRandom,
    nowMs: now,
  };
  return (await build(order)).pem;
}

test("an agent's certificate says who, with which key, until when", async () => {
  const { chainPem, keyPem } = await pki.agent(name);
  const identity = verifyAgentCertificate(new X509Certificate(chainPem), rules());
  expect(identity).toEqual({
    ...name,
    serial: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    keyHash: keyHash(spkiOf(readKey(keyPem))),
    notBeforeMs: now - 300_000,
    notAfterMs: now + 30 * DAY_MS,
  });
});

test("life has two ends, and who may renew is forgiven both", async () => {
  const { chainPem } = await pki.agent(name);
  expect(verdict(chainPem, now - 6 * 60_000)).toBe("CERTIFICATE_EXPIRED");
  expect(verdict(chainPem, now - 4 * 60_000)).toBe(name.agentId);
  expect(verdict(chainPem, now + 30 * DAY_MS)).toBe(name.agentId);
  expect(verdict(chainPem, now + 30 * DAY_MS + 1)).toBe("CERTIFICATE_EXPIRED");
  expect(verdict(chainPem, now + 210 * DAY_MS, 180 * DAY_MS)).toBe(name.agentId);
  expect(verdict(chainPem, now + 210 * DAY_MS + 1, 180 * DAY_MS)).toBe("CERTIFICATE_EXPIRED");
  expect(verdict(chainPem, now - 3_650 * DAY_MS, 180 * DAY_MS)).toBe(name.agentId);
});

test("a stranger is unknown, even when expired and forgiven", async () => {
  const { chainPem } = await (await testPki(now)).agent(name);
  expect(verdict(chainPem, now + 60 * DAY_MS, 180 * DAY_MS)).toBe("CERTIFICATE_UNKNOWN");
  expect(verdict((await pki.server()).chainPem)).toBe("CERTIFICATE_UNKNOWN");
});

test("a certificate that is not exactly an agent's is unknown", async () => {
  const uri = agentUri(name);
  const url = (...values: string[]) => ({ names: values.map((value) => ({ type: "url", value }) as const) });
  expect(verdict(await odd({}))).toBe(name.agentId);
  const shapes: Partial<Profile>[] = [
    { pathLength: 0 },
    { usage: "server" },
    { names: [{ type: "dns", value: "fyr" }] },
    url(uri, uri.replace("b", "c")),
    url(`${uri}/x`),
    url(uri.replace("org", "orgs")),
    url(uri.replace("01890000", "0189000g")),
    url(`x${uri}`),
  ];
  for (const shape of shapes)
    expect(verdict(await odd(shape)), JSON.stringify(shape)).toBe("CERTIFICATE_UNKNOWN");
});

test("while one issuer replaces another, both count", async () => {
  const next = await testPki(now);
  const agentsPems = [next.agents.certificatePem, pki.agents.certificatePem];
  const { chainPem } = await pki.agent(name);
  expect(verifyAgentCertificate(new X509Certificate(chainPem), { agentsPems, nowMs: now }).agentId).toBe(
    name.agentId,
  );
});
