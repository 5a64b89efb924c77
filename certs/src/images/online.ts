import { createHash } from "node:crypto";
import { Fault } from "@fyr/protocol";
import {
  head,
  LIFE_MS,
  type Role,
  type RootSigned,
  type SnapshotSigned,
  type TimestampSigned,
} from "./metadata.ts";
import {
  fileName,
  newestVersion,
  readFile,
  readNewest,
  write,
  type Repository,
  type Stored,
} from "./repository.ts";
import { signDocument, type SigningKey } from "./signing-key.ts";
import { missingSignatures } from "./threshold.ts";

export interface Refreshed {
  /** Whether anything new was published. */
  readonly changed: boolean;
  readonly targetsVersion: number;
  readonly snapshotVersion: number;
  readonly timestampVersion: number;
  /** When to refresh again at the latest, in milliseconds since 1970. */
  readonly dueMs: number;
}

const metaOf = (version: number, bytes: Uint8Array) => ({
  version,
  length: bytes.length,
  hashes: { sha256: createHash("sha256").update(bytes).digest("hex") },
});

/** Signed anew at half of its life, so that one missed turn harms nobody. */
const dueMs = (role: Role, expires: string): number => Date.parse(expires) - LIFE_MS[role] / 2;

/** Whether a file is signed by enough keys that still count. */
const isSignedFor = (root: RootSigned, role: Role, stored: Stored<Role>): boolean =>
  missingSignatures(root, role, stored) === 0;

function signersOf(root: RootSigned, role: Role, keys: readonly SigningKey[]): SigningKey[] {
  const signers = keys.filter(({ keyid }) => root.roles[role].keyids.includes(keyid));
  if (signers.length < root.roles[role].threshold) throw new Fault("PUBLISHER_KEY_MISSING", { role });
  return signers;
}

async function demandNewest<R extends "root" | "targets">(
  repository: Repository,
  role: R,
): Promise<Stored<R>> {
  const newest = await readNewest(repository, role);
  if (!newest) throw new Fault("METADATA_MISSING", { role });
  return newest;
}

/**
 * What the hub does with its online key: publishes the newest list of images that the publishers signed (a snapshot
 * and a timestamp that name it), and says again that it is the newest before the last word grows old. Cheap when
 * nothing is due; the hub calls it at start, after an import and at `dueMs`.
 *
 * @throws Fault `METADATA_MISSING` before there is a signed list, `METADATA_SIGNATURE` when the list's signatures do
 * not suffice, `PUBLISHER_KEY_MISSING` when `keys` may not speak for snapshot and timestamp
 */
export async function refreshOnline(
  repository: Repository,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<Refreshed> {
  const root = (await demandNewest(repository, "root")).signed;
  const targets = await demandNewest(repository, "targets");
  if (!isSignedFor(root, "targets", targets)) throw new Fault("METADATA_SIGNATURE", { role: "targets" });
  const targetsMeta = metaOf(targets.signed.version, targets.bytes);
  const old = await readNewest(repository, "timestamp");
  const snapshot = await refreshSnapshot(repository, root, targetsMeta, old, keys, nowMs);
  const snapshotMeta = metaOf(snapshot.signed.version, snapshot.bytes);
  const timestamp = await refreshTimestamp(repository, root, snapshotMeta, old, keys, nowMs);
  return {
    changed: timestamp !== old,
    targetsVersion: targets.signed.version,
    snapshotVersion: snapshot.signed.version,
    timestampVersion: timestamp.signed.version,
    dueMs: Math.min(dueMs("snapshot", snapshot.signed.expires), dueMs("timestamp", timestamp.signed.expires)),
  };
}

type Meta = ReturnType<typeof metaOf>;

const isSame = (a: Meta | undefined, b: Meta): boolean =>
  a?.version === b.version && a.length === b.length && a.hashes.sha256 === b.hashes.sha256;

async function refreshSnapshot(
  repository: Repository,
  root: RootSigned,
  targets: Meta,
  timestamp: Stored<"timestamp"> | null,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<Stored<"snapshot">> {
  const named = timestamp?.signed.meta["snapshot.json"];
  const old = named ? await readFile(repository, "snapshot", fileName("snapshot", named.version)) : null;
  const isGood =
    old &&
    isSame(old.signed.meta["targets.json"], targets) &&
    isSignedFor(root, "snapshot", old) &&
    nowMs < dueMs("snapshot", old.signed.expires);
  if (isGood) return old;
  const version = (await newestVersion(repository, "snapshot")) + 1;
  const signed: SnapshotSigned = { ...head("snapshot", version, nowMs), meta: { "targets.json": targets } };
  return store(repository, root, "snapshot", signed, keys);
}

async function refreshTimestamp(
  repository: Repository,
  root: RootSigned,
  snapshot: Meta,
  old: Stored<"timestamp"> | null,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<Stored<"timestamp">> {
  const isGood =
    old &&
    isSame(old.signed.meta["snapshot.json"], snapshot) &&
    isSignedFor(root, "timestamp", old) &&
    nowMs < dueMs("timestamp", old.signed.expires);
  if (isGood) return old;
  const version = (old?.signed.version ?? 0) + 1;
  const signed: TimestampSigned = {
    ...head("timestamp", version, nowMs),
    meta: { "snapshot.json": snapshot },
  };
  return store(repository, root, "timestamp", signed, keys);
}

async function store<R extends "snapshot" | "timestamp">(
  repository: Repository,
  root: RootSigned,
  role: R,
  signed: Stored<R>["signed"],
  keys: readonly SigningKey[],
): Promise<Stored<R>> {
  const document = signDocument(signersOf(root, role, keys), signed);
  const bytes = await write(repository, fileName(role, signed.version), document);
  return { signed, signatures: document.signatures, bytes };
}
