import {
  Metadata,
  MetadataKind,
  type Root,
  type Signature,
  type Snapshot,
  type Targets,
  type Timestamp,
} from "@tufjs/models";
import { Fault } from "@fyr/protocol";
import type { Role } from "./metadata.ts";

export type JsonObject = Parameters<typeof Metadata.fromJSON>[1];

interface Kinds {
  readonly root: Root;
  readonly snapshot: Snapshot;
  readonly timestamp: Timestamp;
  readonly targets: Targets;
}

const READERS = {
  root: (json: JsonObject): unknown => Metadata.fromJSON(MetadataKind.Root, json),
  snapshot: (json: JsonObject): unknown => Metadata.fromJSON(MetadataKind.Snapshot, json),
  timestamp: (json: JsonObject): unknown => Metadata.fromJSON(MetadataKind.Timestamp, json),
  targets: (json: JsonObject): unknown => Metadata.fromJSON(MetadataKind.Targets, json),
};

/** Runs a reader of foreign bytes, whose every failure means that the file is malformed. */
export function reading<T>(role: Role, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Fault("METADATA_INVALID", { role }, { cause: error });
  }
}

export const parseJson = (bytes: Uint8Array): JsonObject =>
  JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonObject;

/** Reads the form of a file, not yet its signatures. */
export const modelOf = <R extends Role>(role: R, json: JsonObject): Metadata<Kinds[R]> =>
  READERS[role](json) as Metadata<Kinds[R]>;

export const readMetadata = <R extends Role>(role: R, bytes: Uint8Array): Metadata<Kinds[R]> =>
  reading(role, () => modelOf(role, parseJson(bytes)));

/** What is signed, and by whom. */
export interface Verifiable {
  readonly signatures: Readonly<Record<string, Signature>>;
  readonly signed: { toJSON(): unknown };
}

/** @throws Fault `METADATA_SIGNATURE` unless enough of the role's keys, as `root` lists them, signed the file */
export function demandSignatures(root: Metadata<Root>, role: Role, file: Verifiable): void {
  try {
    root.verifyDelegate(role, file as Metadata<Root>);
  } catch (error) {
    throw new Fault("METADATA_SIGNATURE", { role }, { cause: error });
  }
}

/** @throws Fault `METADATA_EXPIRED` */
export function demandFresh(
  role: Role,
  { signed }: { signed: Root | Snapshot | Timestamp | Targets },
  now: Date,
): void {
  if (signed.isExpired(now)) throw new Fault("METADATA_EXPIRED", { role, expires: signed.expires });
}
