import { answer, pathOf, type Answer, type DeviceRequest } from "./exchange.ts";
import { nonces, parseDigest, proves, sameText, type Nonces } from "./digest.ts";
import type { AuthenticationPolicy, Generation } from "./generations.ts";
import { throttle } from "./throttle.ts";

export type Right = "admin" | "operator" | "viewer";

export interface Visitor {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Lets a request in, or says what to answer instead. */
export type Passage = { readonly visitor: Visitor } | { readonly refusal: Answer };

export interface DoorPorts {
  readonly wall: () => number;
  readonly mono: () => number;
  /** New at each boot: nonces of before are stale then. */
  readonly secret: () => string;
  readonly realm: () => string;
  readonly generation: () => Generation;
  readonly policy: () => AuthenticationPolicy;
  readonly throttles: () => boolean;
  readonly accounts: () => Readonly<
    Record<string, { readonly password: string; readonly groups: readonly string[] }>
  >;
}

type Scheme = "basic" | "digest";

/** Which login each policy asks for on HTTP and on HTTPS (vapix.md 3.1). */
const ASKS: Readonly<Record<AuthenticationPolicy, Readonly<Record<"http" | "https", Scheme>>>> = {
  basic: { http: "basic", https: "basic" },
  digest: { http: "digest", https: "digest" },
  basic_digest: { http: "digest", https: "digest" },
  recommended: { http: "digest", https: "basic" },
};

export interface Door {
  /** Who comes with at least `right`, or the 401 to answer. */
  demand(request: DeviceRequest, right: Right): Passage;
  /** A 401 as for a wrong password. */
  challenge(request: DeviceRequest, stale?: boolean): Answer;
  /** The 401 of a device without an account; null when it has one. */
  setupRefusal(): Answer | null;
}

export function createDoor(ports: DoorPorts): Door {
  const guard = throttle(ports.mono);
  const asked = (request: DeviceRequest) => ASKS[ports.policy()][request.scheme];
  const noncesNow = (): Nonces => nonces(ports.wall, ports.secret(), ports.realm());

  const challengeHeader = (request: DeviceRequest, stale: boolean): string => {
    if (asked(request) === "basic") return `Basic realm="${ports.realm()}"`;
    const nonce = noncesNow().make();
    return `Digest realm="${ports.realm()}", nonce="${nonce}", algorithm=MD5, ${stale ? "stale=true, " : ""}qop="auth"`;
  };

  const challenge = (request: DeviceRequest, stale = false): Answer => {
    const page = unauthorized(ports.generation());
    return { ...page, headers: [["WWW-Authenticate", challengeHeader(request, stale)], ...page.headers] };
  };

  const setupRefusal = (): Answer | null => {
    const { setup } = ports.generation();
    if (setup === "rootPass" || Object.keys(ports.accounts()).length > 0) return null;
    const page = answer("text/html", "Error: initial admin user must be created first.\n", 401);
    return setup === "page" ? page : { ...page, headers: [["Axis-Setup", "vapix"], ...page.headers] };
  };

  const known = (user: string, password: (stored: string) => boolean): Visitor | null => {
    const account = ports.accounts()[user];
    return account && password(account.password) ? { user, groups: account.groups } : null;
  };

  const identify = (request: DeviceRequest): Visitor | "nobody" | "stale" | "wrong" => {
    const [scheme = "", credentials = ""] = splitOnce(request.headers["authorization"] ?? "");
    if (scheme.toLowerCase() !== asked(request)) return "nobody";
    if (asked(request) === "basic") {
      const [user = "", password = ""] = splitOnce(Buffer.from(credentials, "base64").toString(), ":");
      return known(user, (stored) => sameText(stored, password)) ?? "wrong";
    }
    const fields = parseDigest(credentials);
    if (!fields || fields.realm !== ports.realm()) return "wrong";
    if (noncesNow().check(fields.nonce) === "stale") return "stale";
    return (
      known(fields.username, (stored) => proves(fields, request.method, request.path, stored)) ?? "wrong"
    );
  };

  return {
    challenge,
    setupRefusal,
    demand(request, right) {
      const setup = setupRefusal();
      if (setup) return { refusal: setup };
      if (ports.throttles() && guard.blocked(pathOf(request))) return { refusal: blocked() };
      const found = identify(request);
      if (found === "wrong") guard.failed(pathOf(request));
      if (typeof found === "string") return { refusal: challenge(request, found === "stale") };
      return found.groups.includes(right) ? { visitor: found } : { refusal: challenge(request) };
    },
  };
}

/** Before and after the first separator. */
function splitOnce(text: string, separator = " "): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length).trim()];
}

function unauthorized({ webServer }: Generation): Answer {
  if (webServer === "boa") {
    const page = `<HTML><HEAD><TITLE>401 Unauthorized</TITLE></HEAD>\n<BODY><H1>401 Unauthorized</H1>\nYour client does not have permission to get this URL from this server.\n</BODY></HTML>\n`;
    return answer("text/html; charset=ISO-8859-1", page, 401);
  }
  return answer(
    "application/json; charset=utf-8",
    '{"error": {"code": 401, "message": "Unauthorized"}}\n',
    401,
  );
}

/** What a blocked client receives was never recorded; this is what such a module of Apache answers. */
const blocked = (): Answer => answer("text/html; charset=iso-8859-1", "403 Forbidden\n", 403);
