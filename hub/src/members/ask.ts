import { Fault, type AccessRequest } from "@fyr/protocol";
import { actorOf, type Person } from "../access/caller.ts";
import { ASKED_ADMINS, takeAllowance } from "../accounts/allowance.ts";
import { linkTo } from "../accounts/ports.ts";
import { accountChanged } from "../accounts/trail.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { MemberPorts, MemberService } from "./service.ts";

/** Admins who are written to at most, so that a large organisation is answered as fast as none. */
const WRITTEN_TO = 10;

/**
 * A request to the admins from whoever met a page that is hidden or not there. The answer is nothing, and the work
 * is one transaction with the same questions, whether the organisation is the asker's, somebody else's, archived or
 * nowhere; only its own members reach its admins.
 */
export const askService = (
  { clock, post, origin }: MemberPorts,
  store: HubStore,
): Pick<MemberService, "ask"> => ({
  ask: (person, { orgId, page }) =>
    store.write(async (stores) => {
      const at = clock.wall();
      const { accountId } = person;
      const retryAfterMs = await takeAllowance(stores.throttle, ASKED_ADMINS, accountId, at);
      if (retryAfterMs > 0) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
      const asked = { at, accountId, actor: actorOf(person), action: "access.asked", object: orgId };
      await stores.audit.append([accountChanged({ ...asked, after: { page } })]);
      const found = await heard(stores, person, orgId);
      if (!found) return;
      const { account, organisation, admins } = found;
      const facts = { organisation: organisation.name, person: account.name, email: account.email };
      const letter = { kind: "access_asked", ...facts, page, link: linkTo.signIn(origin()) } as const;
      const others = admins.filter(({ email }) => email !== account.email);
      for (const { email: to, language } of others.slice(0, WRITTEN_TO))
        await post.put(stores.mails, { to, language, letter });
    }),
});

/** Everything is asked before anything is decided. */
async function heard(
  { access, accounts, organisations, members }: Stores,
  { accountId }: Person,
  orgId: AccessRequest["orgId"],
) {
  const account = await accounts.find(accountId);
  const organisation = await organisations.find(orgId);
  const membership = await access.membership(orgId, accountId);
  const admins = await members.admins(orgId);
  if (!account || !organisation || !membership || membership.archivedAt !== null) return null;
  return { account, organisation, admins };
}
