import { Fault, OrgId } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { Caller, SessionStanding } from "../../access/caller.ts";
import { demandFreshFactor } from "../../accounts/sessions.ts";
import { demand, memberOf, type Member } from "../../access/member.ts";
import type { Gatekeeper } from "../../ports.ts";
import type { Credentials } from "./credentials.ts";
import type { ApiRoute } from "./route.ts";
import { tokenMatches } from "./token.ts";

export interface GatePorts {
  readonly clock: Pick<Clock, "wall">;
  readonly gate: Gatekeeper;
  /** SHA-256 (hex) of the operator's token. */
  readonly operatorTokenHash: string;
}

/** What the gate found out about whoever sends a request; each route is told the part that it asks for. */
export interface Admitted {
  readonly standing?: SessionStanding;
  readonly caller?: Caller;
  readonly person?: Extract<Caller, { kind: "person" }>;
  readonly member?: Member;
}

/**
 * Lets a request pass to `route` or throws why not: `UNAUTHENTICATED`, `MFA_REQUIRED`, `STEP_UP_REQUIRED`, `NOT_FOUND`,
 * `ORG_ARCHIVED`, `FORBIDDEN`, `OWNER_ONLY`. Everything is asked of the database anew.
 */
export async function admit(
  ports: Pick<GatePorts, "clock" | "gate">,
  route: Pick<ApiRoute, "admits" | "action" | "stepUp">,
  found: Found,
  orgId: unknown,
): Promise<Admitted> {
  if (route.admits === "anyone") return {};
  if (route.admits === "session") {
    if (!found.standing) throw new Fault("UNAUTHENTICATED");
    return found;
  }
  const caller = callerOf(found);
  demandFresh(ports, route, caller);
  switch (route.admits) {
    case "known":
      return { caller };
    case "operator":
      if (caller.kind !== "operator") throw new Fault("FORBIDDEN", { requiredRole: "hub operator" });
      return { caller };
    case "person":
      if (caller.kind !== "person") throw new Fault("FORBIDDEN", { requiredRole: "person" });
      return { caller, person: caller };
    case "member":
      return { caller, member: await admitMember(ports, route, caller, orgId) };
  }
}

/** Who showed what; nothing for whoever is unknown. */
export interface Found {
  readonly standing?: SessionStanding;
  readonly caller?: Caller;
}

/** Asks the database who it is that shows these credentials. */
export async function identify(
  { gate, operatorTokenHash }: Pick<GatePorts, "gate" | "operatorTokenHash">,
  credentials: Credentials,
): Promise<Found> {
  switch (credentials.kind) {
    case "none":
      return {};
    case "bearer": {
      if (tokenMatches(credentials.token, operatorTokenHash)) return { caller: { kind: "operator" } };
      const service = await gate.key(credentials.token);
      return service ? { caller: service } : {};
    }
    case "cookie": {
      const standing = await gate.session(credentials.token);
      return standing ? { standing } : {};
    }
  }
}

function callerOf({ caller, standing }: Found): Caller {
  if (caller) return caller;
  if (!standing) throw new Fault("UNAUTHENTICATED");
  const { sessionId, accountId, factor, factorAt, language } = standing;
  if (factor !== "passed" || factorAt === null) throw new Fault("MFA_REQUIRED");
  return { kind: "person", accountId, sessionId, factorAt, language };
}

function demandFresh(
  { clock }: Pick<GatePorts, "clock">,
  { stepUp }: Pick<ApiRoute, "stepUp">,
  caller: Caller,
): void {
  if (!stepUp || caller.kind !== "person") return;
  demandFreshFactor(caller.factorAt, clock.wall());
}

/** Whoever is no member learns nothing: not even whether there is such an organisation. */
async function admitMember(
  { gate }: Pick<GatePorts, "gate">,
  { action }: Pick<ApiRoute, "action">,
  caller: Caller,
  named: unknown,
): Promise<Member> {
  const orgId = OrgId.safeParse(named);
  if (!orgId.success || caller.kind === "operator") throw new Fault("NOT_FOUND");
  if (caller.kind === "service" && caller.orgId !== orgId.data) throw new Fault("NOT_FOUND");
  const principalId = caller.kind === "person" ? caller.accountId : caller.serviceId;
  const membership = await gate.membership(orgId.data, principalId);
  const archivedAt = membership ? membership.archivedAt : await gate.archivedFor(orgId.data, principalId);
  if (archivedAt !== null) throw new Fault("ORG_ARCHIVED", { orgId: orgId.data, archivedAt });
  if (!membership) throw new Fault("NOT_FOUND");
  const member = memberOf(caller, membership);
  if (action) demand(member, action);
  return member;
}
