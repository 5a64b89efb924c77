import type { KeyObject } from "node:crypto";
import { isIP } from "node:net";
import type { Random } from "@fyr/runtime";
import type { IssuedCertificate } from "./agent-ca.ts";
import type { Authority } from "./authority.ts";
import { build, LEAF_LIFE_MS } from "./certificate.ts";
import { generateKey, keyHash, spkiOf } from "./keys.ts";

export interface ServerCertificate extends IssuedCertificate {
  readonly key: KeyObject;
}

/**
 * A certificate for the hub's agents' listener with a new key: 30 days, renewed by the hub at each start.
 *
 * @param hosts the DNS names and IP addresses that agents reach the hub by; at least one
 */
export async function issueServer(
  hub: Authority,
  hosts: readonly string[],
  random: Random,
  nowMs: number,
): Promise<ServerCertificate> {
  if (hosts.length === 0) throw new Error("a server certificate needs at least one host name");
  const key = generateKey();
  const spki = spkiOf(key);
  const profile = {
    subject: "O=Fyr, CN=Fyr hub",
    usage: "server",
    lifeMs: LEAF_LIFE_MS,
    names: hosts.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
  } as const;
  const { pem, ...facts } = await build({ profile, spki, issuer: hub, key: hub.key, random, nowMs });
  return { leafPem: pem, chainPem: pem + hub.certificatePem, keyHash: keyHash(spki), key, ...facts };
}
