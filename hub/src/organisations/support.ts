import { Fault, type NewSupportGrant, type OrgId, type Page, type SupportGrant } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, PageWish } from "../ports.ts";
import type { HubStore } from "../store/store.ts";

export interface SupportStore {
  insert(orgId: OrgId, grant: SupportGrant): Promise<void>;
  find(orgId: OrgId, id: string): Promise<SupportGrant | null>;
  /** By id, oldest first; one more than wished when there are more. */
  page(orgId: OrgId, wish: PageWish): Promise<SupportGrant[]>;
  /** False when it was ended before. */
  end(orgId: OrgId, id: string, by: string, at: number): Promise<boolean>;
  /** Whether one is open at that moment. */
  isOpen(orgId: OrgId, at: number): Promise<boolean>;
}

/** Access for support, which has none of its own: given by the organisation, for a while, told in its audit (B4-R1). */
export interface SupportServices {
  grantSupport(member: Member, wish: NewSupportGrant): Promise<SupportGrant>;
  supportGrants(member: Member, page: PageWish): Promise<Page<SupportGrant>>;
  /** Ending one that is over changes nothing. */
  endSupport(member: Member, id: string): Promise<SupportGrant>;
}

export const supportService = (
  { clock, ids }: Pick<HubPorts, "clock" | "ids">,
  store: HubStore,
): SupportServices => ({
  grantSupport: ({ orgId, actor }, { reason, forMs }) =>
    store.write(async ({ support, audit }) => {
      const at = clock.wall();
      const grant = {
        id: ids.next(),
        reason,
        grantedBy: actor,
        grantedAt: at,
        until: at + forMs,
        endedAt: null,
      };
      await support.insert(orgId, grant);
      const entry = { orgId, at, actor, action: "support.granted", object: grant.id };
      await audit.append([{ ...entry, after: { reason, until: grant.until } }]);
      return grant;
    }),
  async supportGrants({ orgId }, wish) {
    const found = await store.read.support.page(orgId, wish);
    return pageOf(
      found,
      wish,
      ({ id }) => id,
      (grant) => grant,
    );
  },
  endSupport: ({ orgId, actor }, id) =>
    store.write(async ({ support, audit }) => {
      const grant = await support.find(orgId, id);
      if (!grant) throw new Fault("NOT_FOUND");
      const at = clock.wall();
      if (grant.until <= at || !(await support.end(orgId, id, actor, at))) return grant;
      await audit.append([{ orgId, at, actor, action: "support.ended", object: id }]);
      return { ...grant, endedAt: at };
    }),
});
