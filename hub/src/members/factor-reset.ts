import { Fault } from "@fyr/protocol";
import { demand } from "../access/member.ts";
import { takeFactorAway } from "../accounts/factor-setup.ts";
import type { HubStore } from "../store/store.ts";
import { changing, demandStill } from "./change.ts";
import { personOf } from "./list.ts";
import type { MemberPorts, MemberService } from "./service.ts";
import { showMember } from "./show.ts";

/** An admin helps somebody who lost the second factor (access.md 3.3, row 19). */
export const factorReset = (ports: MemberPorts, store: HubStore): Pick<MemberService, "resetFactor"> => ({
  resetFactor: (member, accountId, reason) =>
    changing(store, member.orgId, async (stores) => {
      const { orgId, actor } = member;
      const person = await personOf(stores, orgId, accountId);
      // One's own is changed with the old one or a recovery code, never by being an admin.
      if (accountId === member.principalId) throw new Fault("FORBIDDEN", { action: "user.resetFactor" });
      demand(member, "user.resetFactor", { toOwner: person.owner });
      await demandStill(stores, member, "user.resetFactor", person.owner);
      const account = await stores.accounts.take(accountId);
      if (!account) throw new Fault("NOT_FOUND");
      await takeFactorAway(ports, stores, account, { actor, reason });
      const facts = { before: { method: account.factorMethod }, after: { reason } };
      const entry = { orgId, at: ports.clock.wall(), actor, object: accountId };
      await stores.audit.append([{ ...entry, action: "member.factor_reset", ...facts }]);
      return showMember(await personOf(stores, orgId, accountId), member);
    }),
});
