import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "@fyr/runtime";

/** Shown first, so that scanners for leaked secrets can know ours. */
const PREFIX = "fyr_";
const TOKEN_BYTES = 32;

/** A new operator token: 256 random bits. Shown once, kept as its hash only. */
export const newToken = (random: Random): string =>
  PREFIX + Buffer.from(random.bytes(TOKEN_BYTES)).toString("base64url");

/** SHA-256 (hex). The token has full entropy, so a slow hash would add nothing. */
export const tokenHash = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Whether a token is the one with that hash; takes the same time whatever it is. */
export const tokenMatches = (token: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(tokenHash(token), "hex"), Buffer.from(hash, "hex"));
