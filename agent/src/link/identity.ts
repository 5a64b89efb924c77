import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import {
  certificateKeyHash,
  keyHash,
  LEAF_LIFE_MS,
  readAgentIdentity,
  type TlsCredentials,
} from "@fyr/certs";
import { AgentId, check, Fault, OrderKey, OrgId, parse, SignedDocument, Timestamp } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import { z } from "zod";

/** Everything by which an agent is somebody: one file, so that no crash can part the key from its certificate. */
export const Identity = z.strictObject({
  format: z.literal(1),
  orgId: OrgId,
  agentId: AgentId,
  keyPem: z.string(),
  /** Leaf first, PEM. */
  chain: z.string(),
  root: z.string(),
  syncUrl: z.url(),
  mqttUrl: z.url().nullable(),
  orderKeys: z.array(OrderKey).min(1),
  /** The first root of the image metadata. */
  imageRoot: SignedDocument,
  /** When to ask for the next certificate, in the hub's time. */
  renewAt: Timestamp,
});
export type Identity = z.infer<typeof Identity>;

export const credentialsOf = ({ keyPem, chain }: Identity): TlsCredentials => ({ keyPem, chainPem: chain });

/** Reads who a certificate names, so that a world without X.509 can bring its own. */
export type ReadLeaf = (chainPem: string) => {
  orgId: OrgId;
  agentId: AgentId;
  keyHash: string;
  notAfterMs: number;
};

export const readLeaf: ReadLeaf = (chainPem) => {
  const leaf = new X509Certificate(chainPem);
  return { ...readAgentIdentity(leaf), keyHash: certificateKeyHash(leaf) };
};

/**
 * Makes sure that a chain from the hub is for our key and names whom it should.
 *
 * @returns when to ask for the next one, reckoned from the certificate's own dates, which are the hub's time
 * @throws Fault `HUB_UNREACHABLE` when it does not: the answer is worth nothing, whoever gave it
 */
export function checkChain(
  read: ReadLeaf,
  { chain, renewInMs }: { readonly chain: string; readonly renewInMs: number },
  expected: { readonly publicKeySpki: Uint8Array; readonly orgId: OrgId; readonly agentId: AgentId },
): number {
  const leaf = read(chain);
  const ours = leaf.keyHash === keyHash(expected.publicKeySpki);
  if (!ours || leaf.orgId !== expected.orgId || leaf.agentId !== expected.agentId) {
    throw new Fault("HUB_UNREACHABLE", { reason: "the certificate is for another agent" });
  }
  return Math.max(0, Math.trunc(leaf.notAfterMs) - LEAF_LIFE_MS + renewInMs);
}

/** The two places of an identity: the one in use, and one that still has to prove itself (a renewal). */
export type Place = "current" | "next";

export interface IdentityStore {
  load(place: Place): Promise<Identity | null>;
  save(place: Place, identity: Identity): Promise<void>;
  /** Puts `next` in the place of `current`, in one step. */
  promote(): Promise<void>;
  remove(place: Place): Promise<void>;
}

/** Identities in the agent's data folder, readable by the owner alone. */
export function identityFiles(files: Files, folder: string): IdentityStore {
  const path = (place: Place) => join(folder, place === "current" ? "identity.json" : "identity.next.json");
  return {
    async load(place) {
      const bytes = await files.read(path(place));
      return bytes && parse(Identity, Buffer.from(bytes).toString("utf8"));
    },
    async save(place, identity) {
      // What could not be read again would shut the agent out for good, so it is not written.
      const text = JSON.stringify(check(Identity, identity), null, 2);
      await files.ensureFolder(folder);
      await files.replace(path(place), Buffer.from(`${text}\n`), 0o600);
    },
    promote: () => files.rename(path("next"), path("current")),
    remove: (place) => files.remove(path(place)),
  };
}
