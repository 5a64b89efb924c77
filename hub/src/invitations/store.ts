import type { AccountId, EmailAddress, FolderId, InvitationId, Language, OrgId, Role } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";

/** An invitation as the hub keeps it; its token is kept as a hash only. */
export interface InvitationRecord {
  readonly orgId: OrgId;
  readonly id: InvitationId;
  readonly email: EmailAddress;
  readonly role: Role;
  readonly folderIds: readonly FolderId[];
  /** Of its letters, for somebody without an account. */
  readonly language: Language;
  readonly tokenHash: string;
  /** One that is over by time stays `pending`: it can be sent again. */
  readonly state: "pending" | "accepted" | "revoked";
  readonly invitedBy: AccountId;
  readonly createdAt: number;
  readonly sentAt: number;
  /** When the link ends. */
  readonly until: number;
  readonly endedAt: number | null;
  readonly version: number;
}

export interface InvitationStore {
  /** Fails as taken when the address has a pending one in the organisation. */
  insert(invitation: InvitationRecord): Promise<void>;
  find(orgId: OrgId, id: InvitationId): Promise<InvitationRecord | null>;
  pendingFor(orgId: OrgId, email: EmailAddress): Promise<InvitationRecord | null>;
  /** Whatever organisation it is of: only whoever was sent the token can ask. */
  byToken(tokenHash: string): Promise<InvitationRecord | null>;
  /** Pending ones by id, oldest first; one more than wished when there are more. */
  page(orgId: OrgId, wish: PageWish): Promise<InvitationRecord[]>;
  /** The version rises by one. */
  save(invitation: InvitationRecord): Promise<void>;
}
