import { createHash } from "node:crypto";
import type { Challenge } from "./challenge.ts";

/** Strongest first. */
export const ALGORITHMS = ["SHA-256", "MD5"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** A digest challenge that we can answer. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: Algorithm;
  /** The algorithm as the device wrote it; undefined when it named none, which means MD5. */
  readonly algorithmName: string | undefined;
  /** The `-sess` variant. */
  readonly session: boolean;
  /** Without qop neither count nor client nonce takes part. */
  readonly qop: "auth" | undefined;
  readonly stale: boolean;
}

/** Null when the challenge is none of ours: another scheme, an unknown algorithm, only `auth-int`. */
export function readDigest({ scheme, parameters }: Challenge): DigestChallenge | null {
  const [realm, nonce] = [parameters.get("realm"), parameters.get("nonce")];
  if (scheme !== "digest" || realm === undefined || nonce === undefined) return null;
  const algorithmName = parameters.get("algorithm");
  const [, base, session] = /^(.*?)(-sess)?$/is.exec(algorithmName ?? "MD5") ?? [];
  const algorithm = ALGORITHMS.find((known) => known === base?.toUpperCase());
  const offered = parameters
    .get("qop")
    ?.split(",")
    .map((each) => each.trim().toLowerCase());
  if (!algorithm || (offered && !offered.includes("auth"))) return null;
  return {
    realm,
    nonce,
    opaque: parameters.get("opaque"),
    algorithm,
    algorithmName,
    session: session !== undefined,
    qop: offered && "auth",
    stale: parameters.get("stale")?.toLowerCase() === "true",
  };
}

/** What one request is answered with. */
export interface DigestTurn {
  readonly method: string;
  /** The request target, query included. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  readonly cnonce: string;
  /** How often this nonce was used, this request included. */
  readonly count: number;
}

const countText = (count: number): string => count.toString(16).padStart(8, "0");

/** The `response` of RFC 7616, 3.4.1, in hex. */
export function digestResponse(challenge: DigestChallenge, turn: DigestTurn): string {
  const hash = (...parts: string[]) =>
    createHash(challenge.algorithm === "MD5" ? "md5" : "sha256")
      .update(parts.join(":"))
      .digest("hex");
  const login = hash(turn.user, challenge.realm, turn.password);
  const secret = challenge.session ? hash(login, challenge.nonce, turn.cnonce) : login;
  const request = hash(turn.method, turn.uri);
  if (challenge.qop === undefined) return hash(secret, challenge.nonce, request);
  return hash(secret, challenge.nonce, countText(turn.count), turn.cnonce, challenge.qop, request);
}

const quote = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;

/** The `Authorization` header of one request. */
export function digestHeader(challenge: DigestChallenge, turn: DigestTurn): string {
  const parts = [
    `username=${quote(turn.user)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(turn.uri)}`,
    `response="${digestResponse(challenge, turn)}"`,
  ];
  if (challenge.algorithmName !== undefined) parts.push(`algorithm=${challenge.algorithmName}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
  if (challenge.qop) parts.push(`qop=${challenge.qop}`, `nc=${countText(turn.count)}`);
  if (challenge.qop || challenge.session) parts.push(`cnonce=${quote(turn.cnonce)}`);
  return `Digest ${parts.join(", ")}`;
}
