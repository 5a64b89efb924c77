import {
  TargetFile,
  type MetaFile,
  type Metadata,
  type Root,
  type Snapshot,
  type Timestamp,
} from "@tufjs/models";
import { Fault, isFault } from "@fyr/protocol";
import type { SignedTargets } from "./image-index.ts";
import { MAX_BYTES, MAX_ROOT_ROTATIONS, ROLES, type Role } from "./metadata.ts";
import {
  demandFresh,
  demandSignatures,
  modelOf,
  parseJson,
  readMetadata,
  reading,
  type JsonObject,
} from "./trusted-file.ts";
import type { FetchMetadata, TrustedMetadata } from "./trusted.ts";

/** The steps of TUF's client workflow; section numbers are those of the specification, version 1.0.31. */

export interface Walk {
  /** Grows file by file as each is proved. */
  readonly kept: { -readonly [K in keyof TrustedMetadata]: TrustedMetadata[K] };
  readonly fetch: FetchMetadata;
  readonly now: Date;
}

async function fetchCapped({ fetch }: Walk, role: Role, name: string, maxBytes = MAX_BYTES[role]) {
  const bytes = await fetch(name, maxBytes);
  if (bytes && bytes.length > maxBytes) throw new Fault("METADATA_TOO_LARGE", { role, maxBytes });
  return bytes;
}

async function demand(walk: Walk, role: Role, name: string, maxBytes?: number): Promise<Uint8Array> {
  const bytes = await fetchCapped(walk, role, name, maxBytes);
  if (!bytes) throw new Fault("METADATA_MISSING", { role });
  return bytes;
}

/** A kept file that no longer passes is as good as absent: the newest one will replace it. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isFault(error)) return null;
    throw error;
  }
}

/**
 * One key under two ids would count twice towards a threshold, so such a root is refused, and with it every kind
 * of key whose sameness cannot be seen.
 */
function demandDistinctKeys({ signed: { keys, roles } }: Metadata<Root>): void {
  for (const role of ROLES) {
    const texts = (roles[role]?.keyIDs ?? []).flatMap((id) => keys[id]?.keyVal["public"] ?? []);
    const isPlain = texts.every((text) => /^[0-9a-f]{64}$/.test(text));
    if (!isPlain || new Set(texts).size !== texts.length)
      throw new Fault("METADATA_INVALID", { role, reason: "keys" });
  }
}

function readRoot(bytes: Uint8Array): Metadata<Root> {
  const root = readMetadata("root", bytes);
  demandDistinctKeys(root);
  return root;
}

function nextRoot(trusted: Metadata<Root>, bytes: Uint8Array): Metadata<Root> {
  const next = readRoot(bytes);
  demandSignatures(trusted, "root", next);
  if (next.signed.version !== trusted.signed.version + 1)
    throw new Fault("METADATA_ROLLBACK", { role: "root" });
  demandSignatures(next, "root", next);
  return next;
}

/** 5.3: every root between the trusted one and the newest, each signed by the one before; the last must be alive. */
export async function followRoots(walk: Walk): Promise<Metadata<Root>> {
  let root = readRoot(walk.kept.root);
  demandSignatures(root, "root", root);
  for (let round = 0; round < MAX_ROOT_ROTATIONS; round++) {
    const bytes = await fetchCapped(walk, "root", `${root.signed.version + 1}.root.json`);
    if (!bytes) break;
    root = nextRoot(root, bytes);
    walk.kept.root = bytes;
  }
  demandFresh("root", root, walk.now);
  return root;
}

function readTimestamp(root: Metadata<Root>, bytes: Uint8Array): Metadata<Timestamp> {
  const timestamp = readMetadata("timestamp", bytes);
  demandSignatures(root, "timestamp", timestamp);
  return timestamp;
}

/** 5.4: the newest timestamp; the kept one guards against older ones even when it has itself expired. */
export async function newestTimestamp(walk: Walk, root: Metadata<Root>): Promise<Metadata<Timestamp>> {
  const { kept, now } = walk;
  const known = kept.timestamp && orNull(() => readTimestamp(root, kept.timestamp ?? new Uint8Array()));
  const bytes = await demand(walk, "timestamp", "timestamp.json");
  const found = readTimestamp(root, bytes);
  const isSame = found.signed.version === known?.signed.version;
  if (known && !isSame) demandNotOlder("timestamp", known.signed, found.signed);
  if (known && !isSame) demandNotOlder("snapshot", known.signed.snapshotMeta, found.signed.snapshotMeta);
  const newest = isSame && known ? known : found;
  demandFresh("timestamp", newest, now);
  if (!isSame) kept.timestamp = bytes;
  return newest;
}

type Versioned = { readonly version: number };

function demandNotOlder(role: string, known: Versioned, found: Versioned): void {
  if (found.version < known.version) throw new Fault("METADATA_ROLLBACK", { role, version: found.version });
}

function readSnapshot(root: Metadata<Root>, bytes: Uint8Array): Metadata<Snapshot> {
  const snapshot = readMetadata("snapshot", bytes);
  demandSignatures(root, "snapshot", snapshot);
  return snapshot;
}

/** The file of that version, byte for byte, as another file vouches for it. */
async function vouched(walk: Walk, role: "snapshot" | "targets", root: Metadata<Root>, meta: MetaFile) {
  const name = root.signed.consistentSnapshot ? `${meta.version}.${role}.json` : `${role}.json`;
  const bytes = await demand(walk, role, name, Math.min(meta.length ?? Infinity, MAX_BYTES[role]));
  demandVouched(role, meta, bytes);
  return bytes;
}

function demandVouched(role: Role, meta: MetaFile, bytes: Uint8Array): void {
  try {
    meta.verify(Buffer.from(bytes));
  } catch (error) {
    throw new Fault("METADATA_MISMATCH", { role }, { cause: error });
  }
}

/** 5.5.5: no targets file may go back or disappear. */
function demandNoneOlder(known: Metadata<Snapshot>, found: Metadata<Snapshot>): void {
  for (const [name, meta] of Object.entries(known.signed.meta)) {
    const next = found.signed.meta[name];
    if (!next) throw new Fault("METADATA_ROLLBACK", { role: "snapshot", missing: name });
    demandNotOlder(name, meta, next);
  }
}

function demandFinal(walk: Walk, snapshot: Metadata<Snapshot>, timestamp: Metadata<Timestamp>): void {
  demandFresh("snapshot", snapshot, walk.now);
  const { version } = timestamp.signed.snapshotMeta;
  if (snapshot.signed.version !== version)
    throw new Fault("METADATA_MISMATCH", { role: "snapshot", version });
}

/** 5.5: the snapshot that the timestamp names; the kept one when it is that one. */
export async function newestSnapshot(
  walk: Walk,
  root: Metadata<Root>,
  timestamp: Metadata<Timestamp>,
): Promise<Metadata<Snapshot>> {
  const { kept } = walk;
  const known = kept.snapshot && orNull(() => readSnapshot(root, kept.snapshot ?? new Uint8Array()));
  if (known && orNull(() => (demandFinal(walk, known, timestamp), true))) return known;
  const bytes = await vouched(walk, "snapshot", root, timestamp.signed.snapshotMeta);
  const found = readSnapshot(root, bytes);
  if (known) demandNoneOlder(known, found);
  demandFinal(walk, found, timestamp);
  kept.snapshot = bytes;
  return found;
}

/** The images of a targets file, each of the form that TUF wants. */
function targetsIn(found: unknown): SignedTargets {
  if (typeof found !== "object" || found === null) throw new TypeError("targets must be an object");
  const entries = Object.entries(found as Record<string, JsonObject>);
  return Object.fromEntries(
    entries.map(([path, target]) => [path, TargetFile.fromJSON(path, target).toJSON()]),
  );
}

/**
 * Reads a targets file. The library would copy the whole map once for every image in it, seconds for a large list;
 * so it is shown the file without its images, which are put back before the signatures are checked.
 */
function readTargets(root: Metadata<Root>, bytes: Uint8Array, meta: MetaFile, now: Date): SignedTargets {
  const { file, targets } = reading("targets", () => {
    const { signed, signatures } = parseJson(bytes) as { signed: JsonObject; signatures: JsonObject };
    const { targets = {}, ...rest } = signed;
    return { file: modelOf("targets", { signed: rest, signatures }), targets: targetsIn(targets) };
  });
  const { signed, signatures } = file;
  demandSignatures(root, "targets", {
    signatures,
    signed: { toJSON: () => ({ ...signed.toJSON(), targets }) },
  });
  if (signed.version !== meta.version) throw new Fault("METADATA_MISMATCH", { role: "targets" });
  demandFresh("targets", file, now);
  return targets;
}

/** 5.6: the list of images that the snapshot names; the kept one when its bytes are those. */
export async function newestTargets(
  walk: Walk,
  root: Metadata<Root>,
  snapshot: Metadata<Snapshot>,
): Promise<SignedTargets> {
  const { kept, now } = walk;
  const meta = snapshot.signed.meta["targets.json"];
  if (!meta) throw new Fault("METADATA_MISMATCH", { role: "snapshot", missing: "targets.json" });
  const known = kept.targets;
  const found =
    known && orNull(() => (demandVouched("targets", meta, known), readTargets(root, known, meta, now)));
  if (found) return found;
  const bytes = await vouched(walk, "targets", root, meta);
  const targets = readTargets(root, bytes, meta, now);
  kept.targets = bytes;
  return targets;
}
