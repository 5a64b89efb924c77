import type { AlertId, AlertKind, OrgId, ServerId } from "@fyr/protocol";

/**
 * Something beyond its threshold. `pending` until it has lasted long enough to be told; then `open` until it is over.
 */
export interface AlertRecord {
  readonly orgId: OrgId;
  readonly id: AlertId;
  readonly serverId: ServerId;
  readonly kind: AlertKind;
  /** The volume that it is about; empty where there is one of a kind. */
  readonly part: string;
  readonly state: "pending" | "open" | "closed";
  readonly value: number;
  readonly limit: number;
  readonly since: number;
  readonly openedAt: number | null;
  readonly closedAt: number | null;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly comment: string;
  readonly mutedUntil: number | null;
}
