import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Fault } from "@fyr/protocol";

/** A cookie of this name is taken only over TLS or on loopback, and belongs to this host alone. */
export const SESSION_COOKIE = "__Host-fyr";

/** What a request shows to prove who sends it. A key that is sent on purpose counts before a cookie that comes by itself. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "cookie"; readonly token: string };

/** @throws Fault `UNAUTHENTICATED` for an `Authorization` header of another form */
export function credentialsOf(headers: IncomingHttpHeaders, cookie: string | undefined): Credentials {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const token = /^Bearer +([!-~]{1,200})$/i.exec(authorization)?.[1];
    if (token === undefined) throw new Fault("UNAUTHENTICATED");
    return { kind: "bearer", token };
  }
  return cookie === undefined ? { kind: "none" } : { kind: "cookie", token: cookie };
}

/** What the console sends back in `X-CSRF-Token`: a page of another site can neither read nor reckon it. */
export const csrfTokenOf = (sessionToken: string): string =>
  createHash("sha256").update(`csrf ${sessionToken}`).digest("base64url");

const same = (a: string, b: string): boolean =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** By its `Origin`, and by `Sec-Fetch-Site` where the browser tells. */
function isOurPage({ origin, host, "sec-fetch-site": site }: IncomingHttpHeaders): boolean {
  const from = typeof origin === "string" ? hostOf(origin) : null;
  return from !== null && from === host && (site === undefined || site === "same-origin");
}

/**
 * A WebSocket is opened with the cookie too, by whatever page tries, and no page can add a token to it.
 *
 * @throws Fault `CROSS_SITE`
 */
export function refuseForeignPage(headers: IncomingHttpHeaders): void {
  if (!isOurPage(headers)) throw new Fault("CROSS_SITE");
}

/**
 * A browser sends the session's cookie by itself, also for a page that deceives its user. So a change under a cookie has
 * to come from our own page: by its `Origin`, by `Sec-Fetch-Site` where the browser tells, and with the token of the
 * session (security.md B1-T1).
 *
 * @throws Fault `CROSS_SITE`
 */
export function refuseCrossSite(method: string, headers: IncomingHttpHeaders, sessionToken: string): void {
  if (READS.has(method)) return;
  const shown = headers["x-csrf-token"];
  const isOurs = isOurPage(headers) && typeof shown === "string" && same(shown, csrfTokenOf(sessionToken));
  if (!isOurs) throw new Fault("CROSS_SITE");
}
