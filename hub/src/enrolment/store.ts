import type { AgentId, FolderId, OrgId } from "@fyr/protocol";

/** A place for one agent, and the one-time code that fills it. */
export interface Slot {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  readonly name: string;
  readonly state: "invited" | "enrolled" | "revoked";
  readonly createdAt: number;
  readonly codeId: string;
  /** Checks proofs of the code and cannot make them. */
  readonly codeVerifier: string;
  readonly codeUntil: number;
  readonly codeUsedAt: number | null;
  /** Hash of the key for which a certificate is being made. */
  readonly claimedBy: string | null;
  readonly claimedAt: number | null;
  readonly hostName: string | null;
  /** Where the devices go that this agent reports first. */
  readonly folderId: FolderId;
}

export interface CertificateRecord {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  readonly serial: string;
  readonly keyHash: string;
  /** Leaf first, PEM; kept so that an agent whose answer was lost is given the same again. */
  readonly chain: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuedAt: number;
  readonly firstUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** What one request's certificate is worth right now. */
export interface Standing {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  readonly notAfter: number;
  readonly firstUsedAt: number | null;
  readonly revokedAt: number | null;
  /** When the agent's organisation was archived; null while it lives. */
  readonly archivedAt: number | null;
}

export interface EnrolmentStore {
  insertSlot(slot: Slot): Promise<void>;
  slotOfCode(codeId: string): Promise<Slot | null>;
  slot(orgId: OrgId, agentId: AgentId): Promise<Slot | null>;
  /**
   * Reserves a slot for one key until `staleBefore` has passed its claim.
   *
   * @returns false when another key holds it, or the code is used up
   */
  claim(slot: Slot, keyHash: string, now: number, staleBefore: number): Promise<boolean>;
  /** Turns a claim into an enrolment; false when it is not this key's claim any more. */
  fill(slot: Slot, keyHash: string, hostName: string, now: number): Promise<boolean>;
  /** False when it was revoked before. */
  revokeSlot(orgId: OrgId, agentId: AgentId): Promise<boolean>;
  /** In any organisation. */
  certificateOfKey(keyHash: string): Promise<CertificateRecord | null>;
  insertCertificate(certificate: CertificateRecord): Promise<void>;
  /** Notes the first use; false when it was noted before. Every other certificate of the agent ends with it. */
  firstUse(orgId: OrgId, agentId: AgentId, serial: string, now: number): Promise<boolean>;
  revokeCertificates(orgId: OrgId, agentId: AgentId, now: number): Promise<void>;
}

/** Asked on every request of every agent: one read by key, compiled once. */
export type ReadStanding = (certificateSerial: string) => Promise<Standing | null>;
