import { may } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { Services } from "../ports.ts";
import type { HubStore } from "../store/store.ts";

export type AuditService = Pick<Services, "audit">;

export const auditService = (store: HubStore): AuditService => ({
  async audit(member, wish) {
    const all = may(member, "audit.read", { own: false }).kind === "allowed";
    const found = await store.read.audit.page(member.orgId, wish, all ? undefined : member.actor);
    return pageOf(
      found,
      wish,
      ({ seq }) => String(seq),
      (entry) => entry,
    );
  },
});
