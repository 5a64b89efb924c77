import type { X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Random } from "@fyr/runtime";
import { build, DAY_MS, type Profile } from "./certificate.ts";
import { generateKey, spkiOf } from "./keys.ts";

/** A certificate that may sign others, with its key. The root's key lives offline; the other two live in the hub. */
export interface Authority {
  readonly certificatePem: string;
  readonly key: KeyObject;
}

/** `agents` issues what agents show to the hub, `hub-server` what the hub shows to agents; neither can do the other. */
export type IntermediateKind = "agents" | "hub-server";

export const ROOT_LIFE_MS = 3653 * DAY_MS;
export const INTERMEDIATE_LIFE_MS = 730 * DAY_MS;

const KINDS: Record<
  IntermediateKind,
  { readonly title: string; readonly usage: NonNullable<Profile["usage"]> }
> = {
  agents: { title: "Fyr agents", usage: "client" },
  "hub-server": { title: "Fyr hub", usage: "server" },
};

/** Names stay distinct when several roots are met in one place (a rotation, a test bench). */
const named = (title: string, random: Random): string =>
  `O=Fyr, CN=${title} ${Buffer.from(random.bytes(4)).toString("hex")}`;

/** A new root: ten years, at most one authority below it (security.md 7.1). */
export async function createRoot(random: Random, nowMs: number): Promise<Authority> {
  const key = generateKey();
  const subject = named("Fyr root", random);
  const profile: Profile = { subject, pathLength: 1, lifeMs: ROOT_LIFE_MS };
  const { pem } = await build({ profile, spki: spkiOf(key), key, random, nowMs });
  return { certificatePem: pem, key };
}

/** A new intermediate under `root`: two years, bound to one purpose by its extended key usage, signs leaves only. */
export async function createIntermediate(
  root: Authority,
  kind: IntermediateKind,
  random: Random,
  nowMs: number,
): Promise<Authority> {
  const key = generateKey();
  const { title, usage } = KINDS[kind];
  const profile: Profile = {
    subject: named(title, random),
    pathLength: 0,
    usage,
    lifeMs: INTERMEDIATE_LIFE_MS,
  };
  const { pem } = await build({ profile, spki: spkiOf(key), issuer: root, key: root.key, random, nowMs });
  return { certificatePem: pem, key };
}

/** The kind of an intermediate by the purpose it is bound to; null for a root or a foreign certificate. */
export function kindOf(certificate: X509Certificate): IntermediateKind | null {
  if (!certificate.ca) return null;
  const usages = (certificate.keyUsage as string[] | undefined)?.join();
  if (usages === "1.3.6.1.5.5.7.3.2") return "agents";
  return usages === "1.3.6.1.5.5.7.3.1" ? "hub-server" : null;
}
