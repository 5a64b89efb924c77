import type {
  Invitation,
  InvitationAccepted,
  InvitationChange,
  InvitationId,
  InvitationRegistration,
  InvitationsMade,
  InvitationView,
  NewInvitations,
  Page,
} from "@fyr/protocol";
import type { Person } from "../access/caller.ts";
import type { Member } from "../access/member.ts";
import type { Place } from "../accounts/account.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import type { OpenSession } from "../accounts/sessions.ts";
import type { PageWish } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import { acceptService } from "./accept.ts";
import { inviteService } from "./invite.ts";
import { registrationService } from "./register.ts";
import { tendService } from "./tend.ts";

/** How people come into an organisation. */
export interface InvitationService {
  /**
   * Each address by itself: one that is a member already or is no address keeps nobody else from being invited. Letters
   * leave when everything is on disk.
   *
   * @throws Fault `NOT_FOUND` for a folder that does not exist, `IDEMPOTENCY_MISMATCH`
   */
  invite(member: Member, wish: NewInvitations, key?: string): Promise<InvitationsMade>;
  /** Those that can be accepted, or sent again because their time is over. */
  page(member: Member, page: PageWish): Promise<Page<Invitation>>;
  /** Another link; the old one ends, the time starts anew. @throws Fault `NOT_FOUND`, `TOO_MANY_REQUESTS` */
  resend(member: Member, id: InvitationId): Promise<Invitation>;
  /** Another role or other folders, as long as nobody accepted. @throws Fault `NOT_FOUND`, `VERSION_CONFLICT` */
  change(member: Member, id: InvitationId, change: InvitationChange, version: number): Promise<Invitation>;
  /** @throws Fault `NOT_FOUND` also for one that was accepted */
  revoke(member: Member, id: InvitationId): Promise<void>;
  /** For the holder of a link, whoever it is. @throws Fault `INVITATION_INVALID`, which names nobody */
  view(token: string): Promise<InvitationView>;
  /**
   * Makes the person a member, once.
   *
   * @throws Fault `INVITATION_INVALID`; `INVITATION_EMAIL_MISMATCH`, after which it stays open; `ALREADY_MEMBER`
   */
  accept(person: Person, token: string): Promise<InvitationAccepted>;
  /**
   * An account with the invited address, proved by the letter, and a session in which a second factor is chosen. The
   * invitation stays open until that account accepts it.
   *
   * @throws Fault `INVITATION_INVALID`, `ACCOUNT_KNOWN`, `PASSWORD_WEAK`, `PASSWORD_BREACHED`
   */
  register(wish: InvitationRegistration, place: Place): Promise<OpenSession>;
}

export const invitationService = (ports: AccountPorts, store: HubStore): InvitationService => ({
  ...inviteService(ports, store),
  ...tendService(ports, store),
  ...acceptService(ports, store),
  ...registrationService(ports, store),
});
