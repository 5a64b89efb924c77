import type { KeyObject } from "node:crypto";
import type { Random } from "@fyr/runtime";
import { build } from "./certificate.ts";
import { spkiOf } from "./keys.ts";

export interface SelfSignedOptions {
  /** P-256. */
  readonly key: KeyObject;
  readonly commonName: string;
  /** Where it is shown: an IP address. */
  readonly address: string;
  readonly lifeMs: number;
  readonly random: Random;
  readonly nowMs: number;
}

/**
 * A server's certificate that nobody vouches for, as devices show out of the box. Nothing in Fyr trusts one but by
 * the pin of its key; it exists for simulated devices.
 *
 * @returns PEM
 */
export async function selfSigned(options: SelfSignedOptions): Promise<string> {
  const { key, commonName, address, lifeMs, random, nowMs } = options;
  const profile = {
    subject: `CN=${commonName}`,
    lifeMs,
    usage: "server",
    names: [
      { type: "dns", value: commonName },
      { type: "ip", value: address },
    ],
  } as const;
  return (await build({ profile, spki: spkiOf(key), key, random, nowMs })).pem;
}
