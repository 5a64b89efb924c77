import { z } from "zod";
import { imagePath, ImageClaims, type ImageFacts } from "./facts.ts";
import type { TufKey } from "./signing-key.ts";

/** The signed parts of TUF 1.0 metadata as our publisher writes them. */

export const SPEC_VERSION = "1.0.31";
const DAY_MS = 24 * 60 * 60 * 1000;

export const ROLES = ["root", "targets", "snapshot", "timestamp"] as const;
export type Role = (typeof ROLES)[number];

/** How long each role's word lasts (security.md 8). */
export const LIFE_MS: Readonly<Record<Role, number>> = {
  root: 365 * DAY_MS,
  targets: 90 * DAY_MS,
  snapshot: 7 * DAY_MS,
  timestamp: 3 * DAY_MS,
};

/**
 * Bytes that a client reads of each role at most. Small on purpose: an unsigned file is parsed before its
 * signatures can be checked. 5 MB hold some 5,000 images.
 */
export const MAX_BYTES: Readonly<Record<Role, number>> = {
  root: 64 * 1024,
  targets: 5_000_000,
  snapshot: 64 * 1024,
  timestamp: 16 * 1024,
};

/** Root versions that a client follows in one go. */
export const MAX_ROOT_ROTATIONS = 256;

const HexKey = z.string().regex(/^[0-9a-f]{64}$/);
const TufKeySchema = z.strictObject({
  keytype: z.literal("ed25519"),
  scheme: z.literal("ed25519"),
  keyval: z.strictObject({ public: HexKey }),
}) satisfies z.ZodType<TufKey>;
const RoleSchema = z.strictObject({ keyids: z.array(HexKey).min(1), threshold: z.int().positive() });

const common = {
  spec_version: z.literal(SPEC_VERSION),
  version: z.int().positive(),
  expires: z.iso.datetime(),
};
const MetaFileSchema = z.strictObject({
  version: z.int().positive(),
  length: z.int().nonnegative(),
  hashes: z.strictObject({ sha256: HexKey }),
});

export const RootSigned = z.strictObject({
  ...common,
  _type: z.literal("root"),
  consistent_snapshot: z.literal(true),
  keys: z.record(HexKey, TufKeySchema),
  roles: z.strictObject({
    root: RoleSchema,
    targets: RoleSchema,
    snapshot: RoleSchema,
    timestamp: RoleSchema,
  }),
});
export type RootSigned = z.infer<typeof RootSigned>;

const TargetSchema = z.strictObject({
  length: z.int().positive(),
  hashes: z.strictObject({ sha256: HexKey, sha512: z.string().regex(/^[0-9a-f]{128}$/) }),
  custom: ImageClaims,
});
export const TargetsSigned = z.strictObject({
  ...common,
  _type: z.literal("targets"),
  targets: z.record(z.string(), TargetSchema),
});
export type TargetsSigned = z.infer<typeof TargetsSigned>;

export const SnapshotSigned = z.strictObject({
  ...common,
  _type: z.literal("snapshot"),
  meta: z.strictObject({ "targets.json": MetaFileSchema }),
});
export type SnapshotSigned = z.infer<typeof SnapshotSigned>;

export const TimestampSigned = z.strictObject({
  ...common,
  _type: z.literal("timestamp"),
  meta: z.strictObject({ "snapshot.json": MetaFileSchema }),
});
export type TimestampSigned = z.infer<typeof TimestampSigned>;

/** TUF's dates: whole seconds, UTC. */
export const tufDate = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const head = <R extends Role>(role: R, version: number, nowMs: number) => ({
  _type: role,
  spec_version: SPEC_VERSION as typeof SPEC_VERSION,
  version,
  expires: tufDate(nowMs + LIFE_MS[role]),
});

/** One image as a TUF target. */
export function targetOf(facts: ImageFacts): [string, TargetsSigned["targets"][string]] {
  const { digest, sha512, sizeBytes, ...custom } = facts;
  return [imagePath(digest), { length: sizeBytes, hashes: { sha256: digest, sha512 }, custom }];
}
