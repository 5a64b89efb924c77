import { createHash } from "node:crypto";
import type { Random } from "@fyr/runtime";

/** Shown first, so that scanners for leaked secrets can know ours, and a key is told from the operator's token. */
const PREFIX = "fyr_sa_";
const TOKEN_BYTES = 32;

/** A new key of a service account: 256 random bits. Shown once, kept as its hash only. */
export const newKeyToken = (random: Random): string =>
  PREFIX + Buffer.from(random.bytes(TOKEN_BYTES)).toString("base64url");

export const isKeyToken = (token: string): boolean => /^fyr_sa_[\w-]{43}$/.test(token);

/** SHA-256 (hex). A key has full entropy, so a slow hash would add nothing. */
export const keyHash = (token: string): string => createHash("sha256").update(token).digest("hex");
