import { FAULTS, type FaultCode } from "@fyr/protocol";
import type { ApiRoute } from "./route.ts";

/** What each admission can refuse before a route is asked. */
const GATE: Readonly<Record<ApiRoute["admits"], readonly FaultCode[]>> = {
  anyone: [],
  session: ["UNAUTHENTICATED"],
  known: ["UNAUTHENTICATED", "MFA_REQUIRED"],
  operator: ["UNAUTHENTICATED", "MFA_REQUIRED", "FORBIDDEN"],
  person: ["UNAUTHENTICATED", "MFA_REQUIRED", "FORBIDDEN"],
  member: ["UNAUTHENTICATED", "MFA_REQUIRED", "NOT_FOUND", "ORG_ARCHIVED", "FORBIDDEN", "OWNER_ONLY"],
};

/** The codes with which the door of the API can refuse a request to this route; what it does has more of its own. */
export function doorCodes(route: ApiRoute): FaultCode[] {
  const { admits, method, params, query, body, upload, versioned, repeatable, stepUp, live } = route;
  const also = (holds: unknown, ...codes: FaultCode[]): FaultCode[] => (holds ? codes : []);
  return [
    ...new Set([
      ...GATE[admits],
      "TOO_MANY_REQUESTS" as const,
      ...also(method !== "GET", "CROSS_SITE"),
      ...also(params, "NOT_FOUND"),
      ...also(query ?? body ?? upload ?? versioned ?? repeatable, "MESSAGE_INVALID"),
      ...also(body ?? upload, "MEDIA_TYPE_UNKNOWN"),
      ...also(body, "MESSAGE_TOO_LARGE"),
      ...also(stepUp, "STEP_UP_REQUIRED"),
      ...also(versioned, "PRECONDITION_REQUIRED", "VERSION_CONFLICT"),
      ...also(repeatable, "IDEMPOTENCY_MISMATCH"),
      ...also(live, "WEBSOCKET_ONLY", "CROSS_SITE"),
    ]),
  ].sort();
}

/** The same by the status that they come with. */
export function doorCodesByStatus(route: ApiRoute): ReadonlyMap<number, FaultCode[]> {
  const found = new Map<number, FaultCode[]>();
  for (const code of doorCodes(route)) {
    const { status } = FAULTS[code];
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
}
