import { join } from "node:path";
import { Fault, type SignedDocument } from "@fyr/protocol";
import type { RootSigned } from "./metadata.ts";
import {
  draftName,
  fileName,
  readFile,
  readNewest,
  write,
  type Repository,
  type Signed,
} from "./repository.ts";
import { signatureOf, type SigningKey } from "./signing-key.ts";
import { missingSignatures } from "./threshold.ts";

/** The roles that people sign, on machines without network where there is more than one person. */
export type OfflineRole = "root" | "targets";

/** What became of a change: published under a version, or waiting for `missing` more signatures. */
export type Publication =
  | { readonly state: "published"; readonly role: OfflineRole; readonly version: number }
  | {
      readonly state: "draft";
      readonly role: OfflineRole;
      readonly version: number;
      readonly missing: number;
    };

type Signatures = SignedDocument["signatures"];

/** The roots whose keys have to agree: for a new root the one before and itself, else the newest. */
async function judges(repository: Repository, signed: Signed[OfflineRole]): Promise<RootSigned[]> {
  const newest = await readNewest(repository, "root");
  const before = newest ? [newest.signed] : [];
  return signed._type === "root" ? [...before, signed] : before;
}

const isKnown = (roots: readonly RootSigned[], role: OfflineRole, { keyid }: SigningKey): boolean =>
  roots.some((root) => root.roles[role].keyids.includes(keyid));

/** One key may serve several roles; two signatures of it in one file would make clients refuse the file. */
const distinct = (signers: readonly SigningKey[]): SigningKey[] => [
  ...new Map(signers.map((signer) => [signer.keyid, signer])).values(),
];

/**
 * Adds the signatures of those `signers` who count; publishes when enough have signed, else keeps a draft.
 *
 * @throws Fault `PUBLISHER_KEY_MISSING` when none of them counts
 */
export async function signAndKeep(
  repository: Repository,
  signed: Signed[OfflineRole],
  earlier: Signatures,
  signers: readonly SigningKey[],
): Promise<Publication> {
  const { _type: role, version } = signed;
  const roots = await judges(repository, signed);
  const counting = distinct(signers).filter((signer) => isKnown(roots, role, signer));
  if (counting.length === 0) throw new Fault("PUBLISHER_KEY_MISSING", { role });
  const kept = earlier.filter(({ keyid }) => counting.every((signer) => signer.keyid !== keyid));
  const document = {
    signed,
    signatures: [...kept, ...counting.map((signer) => signatureOf(signer, signed))],
  };
  const missing = Math.max(...roots.map((root) => missingSignatures(root, role, document)));
  await write(repository, missing === 0 ? fileName(role, version) : draftName(role), document);
  if (missing > 0) return { state: "draft", role, version, missing };
  await repository.files.remove(join(repository.folder, draftName(role)));
  return { state: "published", role, version };
}

/** Adds signatures to what waits for them. @throws Fault `METADATA_MISSING` when nothing does */
export async function signDraft(
  repository: Repository,
  role: OfflineRole,
  signers: readonly SigningKey[],
): Promise<Publication> {
  const draft = await readFile(repository, role, draftName(role));
  if (!draft) throw new Fault("METADATA_MISSING", { role });
  return signAndKeep(repository, draft.signed, draft.signatures, signers);
}
