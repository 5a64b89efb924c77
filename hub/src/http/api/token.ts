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

/** Whether an `Authorization` header carries the token with that hash; takes the same time whatever it carries. */
export function bearerMatches(authorization: string | undefined, hash: string): boolean {
  const token = /^Bearer +([!-~]{1,200})$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(Buffer.from(tokenHash(token), "hex"), Buffer.from(hash, "hex"));
}
