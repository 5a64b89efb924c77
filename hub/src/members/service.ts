import type {
  AccessPreview,
  AccessRequest,
  AccountId,
  HandOver,
  MemberAccess,
  MembersRemoved,
  OrgMember,
  Ownership,
  OwnerMark,
  Page,
} from "@fyr/protocol";
import type { Person } from "../access/caller.ts";
import type { Member } from "../access/member.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import type { PageWish } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import { askService } from "./ask.ts";
import { accessService } from "./change-access.ts";
import { claimService } from "./claim.ts";
import { factorReset } from "./factor-reset.ts";
import { listService } from "./list.ts";
import { ownerService } from "./own.ts";
import { pendingService } from "./pending.ts";
import { removalService } from "./remove.ts";

/** People in an organisation: who they are, what they may reach, who owns it. */
export interface MemberService {
  page(member: Member, page: PageWish): Promise<Page<OrgMember>>;
  /** @throws Fault `NOT_FOUND` */
  one(member: Member, accountId: AccountId): Promise<OrgMember>;
  /** What `changeAccess` would do. @throws Fault `NOT_FOUND`, `OWNER_ONLY`, `MESSAGE_INVALID` */
  previewAccess(member: Member, accountId: AccountId, wish: MemberAccess): Promise<AccessPreview>;
  /**
   * Gives a role and the folders where it holds. Counts from the member's next request on, and settles a role
   * that was to be confirmed.
   *
   * @throws Fault `NOT_FOUND`, `OWNER_ONLY`, `LAST_OWNER`, `SELF_DEMOTION`, `VERSION_CONFLICT`, `MESSAGE_INVALID`
   */
  changeAccess(member: Member, accountId: AccountId, wish: MemberAccess, version: number): Promise<OrgMember>;
  /** @throws Fault `NOT_FOUND`, `LAST_OWNER`, `OWNER_UNFIT`, `SELF_DEMOTION`, `VERSION_CONFLICT` */
  markOwner(member: Member, accountId: AccountId, wish: OwnerMark, version: number): Promise<OrgMember>;
  /** Another admin owns the organisation in one's place, and one may leave, in one moment. */
  handOver(member: Member, wish: HandOver): Promise<void>;
  /** Gives the role that an invitation named (C-02). @throws Fault `NOT_FOUND`, `NOTHING_PENDING` */
  confirmRole(member: Member, accountId: AccountId): Promise<OrgMember>;
  /** Leaves the member a viewer. @throws Fault `NOT_FOUND`, `NOTHING_PENDING` */
  refuseRole(member: Member, accountId: AccountId): Promise<OrgMember>;
  /** @throws Fault `LAST_OWNER` */
  leave(member: Member): Promise<void>;
  /** @throws Fault `NOT_FOUND`, `OWNER_ONLY`, `LAST_OWNER`, `LEAVE_INSTEAD` for oneself */
  remove(member: Member, accountId: AccountId): Promise<void>;
  /** Each by itself: what cannot be done to one is done to the others. */
  removeAll(member: Member, accountIds: readonly AccountId[]): Promise<MembersRemoved>;
  /** For somebody who lost it: sessions end, the next sign-in chooses another. */
  resetFactor(member: Member, accountId: AccountId, reason: string): Promise<OrgMember>;
  /** Whether an owner can act, and who claims to become one. */
  ownership(member: Member): Promise<Ownership>;
  /**
   * An admin claims an organisation without an active owner; it takes effect after 14 days.
   *
   * @throws Fault `OWNER_ACTIVE`, `CLAIM_OPEN`, `OWNER_UNFIT`
   */
  claim(member: Member): Promise<Ownership>;
  /** An owner ends a claim. @throws Fault `NO_CLAIM` */
  object(member: Member): Promise<Ownership>;
  /** Makes owners of those whose claim is due; safe to repeat. */
  settleClaims(): Promise<void>;
  /** To the admins, from whoever met a hidden page; says nothing either way. @throws Fault `TOO_MANY_REQUESTS` */
  ask(person: Person, wish: AccessRequest): Promise<void>;
}

export type MemberPorts = Pick<AccountPorts, "clock" | "ids" | "post" | "origin">;

export const memberService = (ports: MemberPorts, store: HubStore): MemberService => ({
  ...listService(store),
  ...accessService(ports, store),
  ...ownerService(ports, store),
  ...pendingService(ports, store),
  ...removalService(ports, store),
  ...factorReset(ports, store),
  ...askService(ports, store),
  ...claimService(ports, store),
});
