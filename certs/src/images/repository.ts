import { join } from "node:path";
import { check, SignedDocument } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import type { z } from "zod";
import { RootSigned, SnapshotSigned, TargetsSigned, TimestampSigned, type Role } from "./metadata.ts";

/**
 * A folder of metadata files under TUF's names with consistent snapshots: `3.root.json`, `12.targets.json`,
 * `40.snapshot.json`, `timestamp.json`. Every version stays, with every signature ever given; a reader follows
 * `timestamp.json`, which is replaced last, so nobody ever sees half a release. `targets.draft.json` and
 * `root.draft.json` still wait for signatures.
 */
export interface Repository {
  readonly files: Files;
  readonly folder: string;
}

const SCHEMAS = {
  root: RootSigned,
  targets: TargetsSigned,
  snapshot: SnapshotSigned,
  timestamp: TimestampSigned,
};

export interface Signed {
  readonly root: RootSigned;
  readonly targets: TargetsSigned;
  readonly snapshot: SnapshotSigned;
  readonly timestamp: TimestampSigned;
}

/** A file of the repository: the parsed signed part, and the signatures over it. */
export interface Stored<R extends Role> {
  readonly signed: Signed[R];
  readonly signatures: SignedDocument["signatures"];
  readonly bytes: Uint8Array;
}

export const fileName = (role: Role, version: number): string =>
  role === "timestamp" ? "timestamp.json" : `${version}.${role}.json`;

export const draftName = (role: "root" | "targets"): string => `${role}.draft.json`;

export const metadataBytes = (document: SignedDocument): Buffer =>
  Buffer.from(`${JSON.stringify(document, null, 1)}\n`, "utf8");

/** @throws Fault `MESSAGE_INVALID` when a file of our own repository is not what we wrote */
export async function readFile<R extends Role>({ files, folder }: Repository, role: R, name: string) {
  const bytes = await files.read(join(folder, name));
  if (!bytes) return null;
  const { signed, signatures } = check(SignedDocument, JSON.parse(Buffer.from(bytes).toString("utf8")));
  const stored = { signed: check(SCHEMAS[role] as z.ZodType, signed), signatures, bytes };
  return stored as Stored<R>;
}

/** The highest version of a role's numbered files; 0 when there is none. */
export async function newestVersion(
  { files, folder }: Repository,
  role: Exclude<Role, "timestamp">,
): Promise<number> {
  const pattern = new RegExp(`^([1-9][0-9]*)\\.${role}\\.json$`);
  const versions = (await files.list(folder)).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return Math.max(0, ...versions.map(Number));
}

/** The newest file of a role; null when there is none. */
export async function readNewest<R extends Role>(repository: Repository, role: R): Promise<Stored<R> | null> {
  const version = role === "timestamp" ? 0 : await newestVersion(repository, role);
  return readFile(repository, role, fileName(role, version));
}

export async function write(
  { files, folder }: Repository,
  name: string,
  document: SignedDocument,
): Promise<Uint8Array> {
  const bytes = metadataBytes(document);
  await files.ensureFolder(folder);
  await files.replace(join(folder, name), bytes, 0o644);
  return bytes;
}
