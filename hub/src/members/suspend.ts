import { Fault, type AccountId, type EmailAddress, type OrgId } from "@fyr/protocol";
import { linkTo } from "../accounts/ports.ts";
import { accountChanged } from "../accounts/trail.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { MemberPorts } from "./service.ts";
import { tellAll } from "./tell-admins.ts";

/** Shuts an account from outside and opens it again: the hub's operator, for an identity provider or a court. */
export interface Suspension {
  /**
   * Sessions end and sign-in is refused at once, for a sole owner too; memberships and the owner's mark stay. Nothing
   * happens to an account that is suspended already.
   *
   * @throws Fault `NOT_FOUND`
   */
  suspend(email: EmailAddress, reason: string): Promise<void>;
  /** @throws Fault `NOT_FOUND` */
  restore(email: EmailAddress, reason: string): Promise<void>;
}

const OPERATOR = "operator";
const PAGE = 200;

export const suspension = (ports: MemberPorts, store: HubStore): Suspension => {
  const { clock, origin } = ports;

  async function set(email: EmailAddress, reason: string, suspend: boolean): Promise<void> {
    await store.write(async (stores) => {
      const { accounts, sessions, audit } = stores;
      const known = await accounts.byEmail(email);
      if (!known) throw new Fault("NOT_FOUND");
      // Organisations first, by id, as everybody does who changes members.
      const owned = await ownedBy(stores, known.id);
      for (const orgId of owned) await stores.organisations.lock(orgId);
      const account = await accounts.take(known.id);
      if (!account || (account.suspendedAt !== null) === suspend) return;
      const before = await ownerless(stores, owned);
      const at = clock.wall();
      await accounts.edit(account.id, { suspendedAt: suspend ? at : null });
      if (suspend) await sessions.endAll(account.id);
      const action = suspend ? "account.suspended" : "account.restored";
      const entry = { at, accountId: account.id, actor: OPERATOR, action, after: { reason } };
      await audit.append([accountChanged(entry)]);
      const after = await ownerless(stores, owned);
      for (const orgId of owned)
        if (before.has(orgId) !== after.has(orgId))
          await tell(stores, orgId, { account: account.id, reason, at });
    });
  }

  /** Where it changed whether an owner can act. */
  async function tell(
    stores: Stores,
    orgId: OrgId,
    { account, reason, at }: { account: AccountId; reason: string; at: number },
  ): Promise<void> {
    const organisation = await stores.organisations.find(orgId);
    if (!organisation) return;
    const isLost = !(await canAct(stores, orgId));
    const action = isLost ? "organisation.owner_suspended" : "organisation.owner_restored";
    const entry = { orgId, at, actor: OPERATOR, action, object: orgId, after: { owner: account, reason } };
    await stores.audit.append([entry]);
    const kind = isLost ? "no_active_owner" : "active_owner_again";
    const letter = { kind, organisation: organisation.name, link: linkTo.signIn(origin()) } as const;
    await tellAll(ports, stores, orgId, letter);
  }

  return {
    suspend: (email, reason) => set(email, reason, true),
    restore: (email, reason) => set(email, reason, false),
  };
};

/** Whether somebody with the owner's mark can act as one. */
export const canAct = async ({ members }: Pick<Stores, "members">, orgId: OrgId): Promise<boolean> =>
  (await members.owners(orgId)).some(({ counts }) => counts);

async function ownerless(
  stores: Pick<Stores, "members">,
  orgs: readonly OrgId[],
): Promise<ReadonlySet<OrgId>> {
  const found = new Set<OrgId>();
  for (const orgId of orgs) if (!(await canAct(stores, orgId))) found.add(orgId);
  return found;
}

/** Organisations that live and that somebody has the owner's mark of, by id. */
async function ownedBy({ organisations, members }: Stores, accountId: AccountId): Promise<OrgId[]> {
  const owned: OrgId[] = [];
  for (let after: string | undefined; ;) {
    const found = (await organisations.pageOf(accountId, { after, limit: PAGE })).slice(0, PAGE);
    for (const { id } of found) if ((await members.find(id, accountId))?.owner) owned.push(id);
    if (found.length < PAGE) return owned;
    after = found.at(-1)?.id;
  }
}
