import type { AccountId, ApiKeyId, Language, OrgId, ServiceAccountId, SessionId } from "@fyr/protocol";

/**
 * Whoever sends a request, as the gate of the API found out. What it may do in an organisation is a matter of its
 * membership there, asked anew for each request.
 */
export type Caller = Person | Service | Operator;

/** A person with a session, whose second factor was passed. */
export interface Person {
  readonly kind: "person";
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  /** When this session last passed the second factor, by the hub's clock: what step-up asks for. */
  readonly factorAt: number;
  readonly language: Language;
}

/** A program with a key of one organisation. */
export interface Service {
  readonly kind: "service";
  readonly orgId: OrgId;
  readonly serviceId: ServiceAccountId;
  readonly keyId: ApiKeyId;
  /** Actions that the key is limited to; null when it may do whatever its service account may. */
  readonly scope: readonly string[] | null;
}

/** The hub's operator, outside every organisation. */
export interface Operator {
  readonly kind: "operator";
}

/** What a session's token stands for; asked of the store for every request. */
export interface SessionStanding {
  readonly sessionId: SessionId;
  readonly accountId: AccountId;
  /** `missing`: the password was right, the second factor is still to come; `not_set_up`: none was chosen yet. */
  readonly factor: "passed" | "missing" | "not_set_up";
  /** When the second factor was last passed in this session; null before. */
  readonly factorAt: number | null;
  readonly language: Language;
}

/** How an actor stands in the audit: `account:<id>`, `service:<id>`, `operator`, `agent:<id>`. */
export const actorOf = (caller: Caller): string => {
  switch (caller.kind) {
    case "person":
      return `account:${caller.accountId}`;
    case "service":
      return `service:${caller.serviceId}`;
    case "operator":
      return "operator";
  }
};
