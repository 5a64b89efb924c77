import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { Fault } from "@fyr/protocol";
import type { Random } from "@fyr/runtime";
import type { AgentCa } from "../pki/agent-ca.ts";
import type { AgentKeys } from "../pki/agent-keys.ts";
import { BACKDATE_MS, LEAF_LIFE_MS } from "../pki/certificate.ts";
import type { AgentIdentity } from "../pki/identity.ts";
import { keyHash, spkiOf } from "../pki/keys.ts";
import { derInside, toPem } from "../pki/pem.ts";
import { newSerial } from "../pki/serial.ts";

/** PKCS#8 around a bare Ed25519 seed (RFC 8410), so that a key follows from a seed. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

const REQUEST = "FAKE CERTIFICATE REQUEST";
const CERTIFICATE = "FAKE CERTIFICATE";

/** JSON in PEM clothes: looks like what the product stores and sends, and parses without WebCrypto. */
const dress = (label: string, facts: object): string => {
  const json = Buffer.from(JSON.stringify(facts));
  const header = Buffer.from([0x04, 0x82, json.length >> 8, json.length & 0xff]);
  return toPem(label, Buffer.concat([header, json]));
};

const undress = (label: string, pem: string): unknown => {
  const der = derInside(pem, label);
  return der && JSON.parse(der.subarray(4).toString());
};

const keyFrom = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });

interface FakeRequest {
  readonly spki: string;
  readonly challenge: string | null;
  readonly signature: string;
}

const statement = (spki: string, challenge: string | null): Buffer =>
  Buffer.from(`${spki} ${challenge ?? ""}`);

/** Agent keys that repeat with `random`: Ed25519, synchronous. Only for worlds with a `fakeAgentCa`. */
export const fakeAgentKeys = (random: Random): AgentKeys => ({
  create() {
    const key = keyFrom(random.bytes(32));
    return { keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(), publicKeySpki: spkiOf(key) };
  },
  request(keyPem, challenge) {
    const key = createPrivateKey(keyPem);
    const spki = spkiOf(key).toString("base64");
    const signature = sign(null, statement(spki, challenge ?? null), key).toString("base64");
    const request: FakeRequest = { spki, challenge: challenge ?? null, signature };
    return Promise.resolve(dress(REQUEST, request));
  },
});

/** A certificate authority for a deterministic world: the same seed, the same certificates. */
export const fakeAgentCa = (random: Random): AgentCa => ({
  read(requestPem) {
    const found = undress(REQUEST, requestPem) as FakeRequest | null;
    const spki = Buffer.from(found?.spki ?? "", "base64");
    if (!found || !holds(found, spki)) return Promise.reject(new Fault("ENROL_REQUEST_INVALID"));
    return Promise.resolve({ publicKeySpki: spki, keyHash: keyHash(spki), challenge: found.challenge });
  },
  issue(request, name, nowMs) {
    const facts = {
      serial: newSerial(random),
      keyHash: request.keyHash,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + LEAF_LIFE_MS,
    };
    const leafPem = dress(CERTIFICATE, { ...name, ...facts });
    return Promise.resolve({ leafPem, chainPem: leafPem, ...facts });
  },
});

const holds = ({ spki, challenge, signature }: FakeRequest, der: Buffer): boolean =>
  verify(
    null,
    statement(spki, challenge),
    createPublicKey({ key: der, format: "der", type: "spki" }),
    Buffer.from(signature, "base64"),
  );

/** Who a fake certificate speaks for, as the world's transport hands it to the hub. */
export function readFakeCertificate(pem: string): AgentIdentity {
  const found = undress(CERTIFICATE, pem) as AgentIdentity | null;
  if (!found) throw new Fault("CERTIFICATE_UNKNOWN", { reason: "not a fake certificate" });
  const { orgId, agentId, serial, keyHash: hash, notBeforeMs, notAfterMs } = found;
  return { orgId, agentId, serial, keyHash: hash, notBeforeMs, notAfterMs };
}
