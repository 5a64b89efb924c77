import type { FastifyReply, FastifyRequest } from "fastify";
import { SESSION_COOKIE } from "./credentials.ts";
import type { SessionJar } from "./route.ts";

/** A browser keeps the token where no script can read it, and sends it to this host alone. */
export function jarOf({ cookies }: FastifyRequest, reply: FastifyReply): SessionJar {
  const where = { path: "/", secure: true, httpOnly: true, sameSite: "strict" } as const;
  return {
    token: cookies[SESSION_COOKIE] ?? null,
    keep: (token, untilMs) =>
      void reply.setCookie(SESSION_COOKIE, token, { ...where, expires: new Date(untilMs) }),
    drop: () => void reply.clearCookie(SESSION_COOKIE, where),
  };
}
