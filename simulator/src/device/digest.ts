import { createHash, timingSafeEqual } from "node:crypto";

export const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/**
 * Nonces in Apache's form: twelve base64 characters of the time in microseconds and the SHA-1 of time, secret and
 * realm in hex, e.g. `WuZJmDxdBgA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc` (vapix.md 3.1).
 */
export interface Nonces {
  make(): string;
  /** `stale` for one that is too old, or that another boot has made: the client may try again at once. */
  check(nonce: string): "good" | "stale";
}

/** Longer than any upload. */
const LIFETIME_MS = 60 * 60_000;
const TIME_LENGTH = 12;

export function nonces(wall: () => number, secret: string, realm: string): Nonces {
  const seal = (time: string) => createHash("sha1").update(`${time}${secret}${realm}`).digest("hex");
  return {
    make() {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(Math.trunc(wall())) * 1000n);
      const time = bytes.toString("base64");
      return time + seal(time);
    },
    check(nonce) {
      const time = nonce.slice(0, TIME_LENGTH);
      if (nonce.slice(TIME_LENGTH) !== seal(time)) return "stale";
      const madeMs = Number(Buffer.from(time, "base64").readBigUInt64LE() / 1000n);
      return Math.abs(wall() - madeMs) <= LIFETIME_MS ? "good" : "stale";
    },
  };
}

export interface DigestFields {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly qop?: string;
  readonly nc?: string;
  readonly cnonce?: string;
}

/** Reads `Digest a="b", c=d`; null when a field that every client sends is missing. */
export function parseDigest(credentials: string): DigestFields | null {
  const fields: Record<string, string> = {};
  for (const [, name = "", quoted, bare] of credentials.matchAll(
    /(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))/g,
  )) {
    fields[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? "";
  }
  const whole = ["username", "realm", "nonce", "uri", "response"].every((name) => fields[name] !== undefined);
  return whole ? (fields as unknown as DigestFields) : null;
}

/**
 * Does the response prove the password? Takes what clients in the field send (vapix.md 3.2): no qop at all, a
 * counter that starts again, a `uri` without its query or in absolute form.
 */
export function proves(fields: DigestFields, method: string, path: string, password: string): boolean {
  if (barePath(fields.uri) !== barePath(path)) return false;
  const who = md5(`${fields.username}:${fields.realm}:${password}`);
  const what = md5(`${method}:${fields.uri}`);
  const between = fields.qop ? `${fields.nonce}:${fields.nc}:${fields.cnonce}:${fields.qop}` : fields.nonce;
  return sameText(md5(`${who}:${between}:${what}`), fields.response.toLowerCase());
}

const barePath = (uri: string): string => uri.replace(/^https?:\/\/[^/]*/i, "").split("?", 1)[0] ?? "";

export function sameText(a: string, b: string): boolean {
  const [left, right] = [md5(a), md5(b)];
  return timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
