import type { FastifyHelmetOptions } from "@fastify/helmet";

const NOWHERE = ["'none'"];
const OURS = ["'self'"];

/** What a page of ours may do in a browser: its own files and the API, no script in the page, in nobody's frame. */
const PAGES = {
  "default-src": NOWHERE,
  "script-src": OURS,
  "style-src": OURS,
  "font-src": OURS,
  "img-src": ["'self'", "blob:"],
  "connect-src": OURS,
  "manifest-src": OURS,
  "base-uri": NOWHERE,
  "form-action": NOWHERE,
  "frame-ancestors": NOWHERE,
};

/** An answer of the API that is opened as a page does nothing at all. */
const ANSWERS = {
  "default-src": NOWHERE,
  "base-uri": NOWHERE,
  "form-action": NOWHERE,
  "frame-ancestors": NOWHERE,
};

const YEAR_S = 365 * 24 * 3_600;

/** The headers that keep a browser strict (security.md B1-T2). */
export const strictly = (isTls: boolean): FastifyHelmetOptions => ({
  contentSecurityPolicy: { useDefaults: false, directives: PAGES },
  crossOriginEmbedderPolicy: true,
  crossOriginOpenerPolicy: { policy: "same-origin" },
  crossOriginResourcePolicy: { policy: "same-origin" },
  referrerPolicy: { policy: "no-referrer" },
  // In clear, on loopback, a browser must not be told to come by TLS alone.
  strictTransportSecurity: isTls && { maxAge: YEAR_S, includeSubDomains: false },
  xFrameOptions: { action: "deny" },
});

/** The same for what is read by programs. */
export const noPage = { contentSecurityPolicy: { useDefaults: false, directives: ANSWERS } };
