import { AccountId, Fault } from "@fyr/protocol";
import { demandGoodPassword } from "../accounts/password-rules.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import { newAccount } from "../accounts/registration.ts";
import { beginSession } from "../accounts/sessions.ts";
import { accountChanged } from "../accounts/trail.ts";
import type { HubStore } from "../store/store.ts";
import { openInvitation } from "./accept.ts";
import type { InvitationService } from "./service.ts";

export const registrationService = (
  ports: AccountPorts,
  store: HubStore,
): Pick<InvitationService, "register"> => ({
  async register({ token, password, ...wish }, place) {
    const { clock, ids, passwords } = ports;
    const { invitation } = await openInvitation(store.read, token, clock.wall());
    demandGoodPassword(password, invitation.email);
    const passwordHash = await passwords.hash(password);
    return store.write(async (stores) => {
      const now = clock.wall();
      // The hash took its time; the link may be worth nothing any more.
      const { email, id } = (await openInvitation(stores, token, now)).invitation;
      const account = newAccount(AccountId.parse(ids.next()), { ...wish, email, passwordHash }, now);
      if (!(await stores.accounts.insert(account))) throw new Fault("ACCOUNT_KNOWN");
      await stores.accounts.dropRegistrations(email);
      const after = { email, name: account.name, invitation: id };
      const entry = { at: now, accountId: account.id, action: "account.registered", after };
      await stores.audit.append([accountChanged(entry)]);
      return beginSession(ports, stores, account, place, "not_set_up");
    });
  },
});
