import { Fault, type Ownership, type OrgId } from "@fyr/protocol";
import { demand, type Member } from "../access/member.ts";
import { linkTo } from "../accounts/ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { canOwn, changing, demandStill } from "./change.ts";
import type { ClaimEnd, ClaimRecord } from "./claim-store.ts";
import { personOf } from "./list.ts";
import type { MemberPorts, MemberService } from "./service.ts";
import { accessFacts } from "./show.ts";
import type { PersonMember } from "./store.ts";
import { canAct } from "./suspend.ts";
import { tellAll } from "./tell-admins.ts";

const DAY_MS = 86_400_000;
/** Owners have so long to object. */
export const CLAIM_MS = 14 * DAY_MS;
/** How the audit names what happens by itself. */
const HUB = "hub";

type ClaimService = Pick<MemberService, "ownership" | "claim" | "object" | "settleClaims">;

export function claimService(ports: MemberPorts, store: HubStore): ClaimService {
  const { clock, ids, origin } = ports;

  async function end(stores: Stores, claim: ClaimRecord, how: ClaimEnd, by: string): Promise<void> {
    const { orgId, id, accountId } = claim;
    const at = clock.wall();
    const organisation = await stores.organisations.find(orgId);
    const person = await stores.members.person(orgId, accountId);
    await stores.claims.end(claim, how, by, at);
    const made = how === "effective" && person ? await makeOwner(stores, person, at) : {};
    const entry = { orgId, at, actor: by, action: `organisation.claim_${how}`, object: orgId };
    await stores.audit.append([{ ...entry, after: { claim: id, accountId, ...made } }]);
    const name = person?.name ?? (await stores.accounts.find(accountId))?.name ?? accountId;
    const about = { organisation: organisation?.name ?? orgId, person: name, link: linkTo.signIn(origin()) };
    await tellAll(ports, stores, orgId, { kind: "ownership_settled", ...about, how });
  }

  /** An open claim whose claimant can still become an owner; another one ends here. */
  async function standing(stores: Stores, orgId: OrgId): Promise<ClaimRecord | null> {
    const open = await stores.claims.open(orgId);
    if (!open) return null;
    const person = await stores.members.person(orgId, open.accountId);
    if (person?.role === "admin" && (await canOwn(stores, person))) return open;
    await end(stores, open, "lapsed", HUB);
    return null;
  }

  async function ownership({ orgId }: Pick<Member, "orgId">): Promise<Ownership> {
    const { read } = store;
    const open = await read.claims.open(orgId);
    const name = open && (await read.accounts.find(open.accountId))?.name;
    return {
      activeOwner: await canAct(read, orgId),
      claim:
        open && name !== null && name !== undefined
          ? { accountId: open.accountId, name, claimedAt: open.claimedAt, effectiveAt: open.effectiveAt }
          : null,
    };
  }

  return {
    ownership,

    async claim(member) {
      await changing(store, member.orgId, async (stores) => {
        const { orgId, actor, caller } = member;
        await demandStill(stores, member, "user.role");
        if (caller.kind !== "person") throw new Fault("FORBIDDEN", { action: "user.role" });
        if (await canAct(stores, orgId)) throw new Fault("OWNER_ACTIVE");
        if (await standing(stores, orgId)) throw new Fault("CLAIM_OPEN");
        const person = await personOf(stores, orgId, caller.accountId);
        if (!(await canOwn(stores, person))) throw new Fault("OWNER_UNFIT");
        const at = clock.wall();
        const claim = { orgId, id: ids.next(), accountId: person.accountId };
        const times = { claimedAt: at, effectiveAt: at + CLAIM_MS };
        await stores.claims.insert({ ...claim, ...times });
        const entry = { orgId, at, actor, action: "organisation.claimed", object: orgId };
        await stores.audit.append([{ ...entry, after: { claim: claim.id, effectiveAt: times.effectiveAt } }]);
        const organisation = (await stores.organisations.find(orgId))?.name ?? orgId;
        const day = new Date(times.effectiveAt).toISOString().slice(0, 10);
        const link = linkTo.signIn(origin());
        const letter = { kind: "ownership_claimed", organisation, person: person.name, day, link } as const;
        await tellAll(ports, stores, orgId, letter);
      });
      return ownership(member);
    },

    async object(member) {
      await changing(store, member.orgId, async (stores) => {
        demand(member, "user.own");
        await demandStill(stores, member, "user.own");
        const open = await stores.claims.open(member.orgId);
        if (!open) throw new Fault("NO_CLAIM");
        await end(stores, open, "objected", member.actor);
      });
      return ownership(member);
    },

    async settleClaims() {
      for (const orgId of await store.read.claims.due(clock.wall()))
        await changing(store, orgId, async (stores) => {
          const open = await standing(stores, orgId);
          if (open && open.effectiveAt <= clock.wall()) await end(stores, open, "effective", HUB);
        });
    },
  };
}

/** Adds a mark; nobody loses one, so no rule about owners can be broken. */
async function makeOwner(stores: Stores, person: PersonMember, at: number): Promise<object> {
  const after = { ...person, owner: true, pending: null };
  await stores.members.save(after, at);
  return { member: accessFacts(after) };
}
