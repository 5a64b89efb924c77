import { Fault, type SignedIn } from "@fyr/protocol";
import type { SessionStanding } from "../../access/caller.ts";
import type { OpenSession } from "../../accounts/sessions.ts";
import { csrfTokenOf } from "./credentials.ts";
import type { ApiPorts, SessionJar } from "./route.ts";

/** Where a session stands, for the browser that has it. */
export async function showSession(
  { services }: Pick<ApiPorts, "services">,
  { sessionId, accountId, factor }: Pick<SessionStanding, "sessionId" | "accountId" | "factor">,
  token: string | null,
): Promise<SignedIn> {
  if (token === null) throw new Fault("UNAUTHENTICATED");
  const account = await services.accounts.account(accountId);
  return {
    sessionId,
    factor,
    codeBy: factor === "missing" ? (account.factorMethod ?? "email") : null,
    csrfToken: csrfTokenOf(token),
    // Whoever knows no more than the password is not told whose it is.
    account: factor === "passed" ? account : null,
  };
}

/** Gives the browser the session's new token, and says where the session stands. */
export function keepSession(
  ports: Pick<ApiPorts, "services">,
  jar: SessionJar,
  { token, until, session: { id: sessionId, accountId, factor } }: OpenSession,
): Promise<SignedIn> {
  jar.keep(token, until);
  return showSession(ports, { sessionId, accountId, factor }, token);
}
