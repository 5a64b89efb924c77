import type { Random } from "@fyr/runtime";
import type { Login } from "../../vault/login.ts";
import type { Challenge } from "./challenge.ts";
import { ALGORITHMS, digestHeader, readDigest, type DigestChallenge } from "./digest.ts";

/** Answers one device's challenges with one login. */
export interface Authenticator {
  /** The `Authorization` of the next request; undefined before a challenge was taken. */
  header(method: string, uri: string): string | undefined;
  /**
   * Chooses among what a 401 offers: digest before basic, the stronger algorithm first.
   *
   * @returns `stale` when only the nonce was too old, `none` when nothing here may be used
   */
  take(challenges: readonly Challenge[]): "new" | "stale" | "none";
  /** Goes on with the nonce that the device names for the next request (`Authentication-Info`). */
  nextNonce(values: readonly string[]): void;
}

interface Ways {
  readonly random: Random;
  /** Basic is a password in clear: over TLS alone. */
  readonly basic: boolean;
}

export function createAuthenticator(login: Login, { random, basic }: Ways): Authenticator {
  let way: "none" | "basic" | "digest" = "none";
  let challenge: DigestChallenge | undefined;
  let count = 0;
  let cnonce = "";
  const adopt = (next: DigestChallenge) => {
    challenge = next;
    way = "digest";
    count = 0;
    cnonce = Buffer.from(random.bytes(16)).toString("hex");
  };
  const user = login.user;
  return {
    header(method, uri) {
      const password = login.password.reveal();
      if (way === "basic") return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
      if (way !== "digest" || !challenge) return undefined;
      return digestHeader(challenge, { method, uri, user, password, cnonce, count: ++count });
    },
    take(challenges) {
      const digest = strongest(challenges);
      if (digest) {
        adopt(digest);
        return digest.stale ? "stale" : "new";
      }
      if (!basic || !challenges.some(({ scheme }) => scheme === "basic")) return "none";
      way = "basic";
      return "new";
    },
    nextNonce(values) {
      const nonce = /(?:^|[\s,])nextnonce="([^"\\]{1,400})"/i.exec(values.join(","))?.[1];
      if (challenge && nonce !== undefined) adopt({ ...challenge, nonce });
    },
  };
}

function strongest(challenges: readonly Challenge[]): DigestChallenge | undefined {
  const answerable = challenges.map(readDigest).filter((each) => each !== null);
  const rank = ({ algorithm }: DigestChallenge) => ALGORITHMS.indexOf(algorithm);
  return answerable.sort((a, b) => rank(a) - rank(b))[0];
}
