import {
  Fault,
  isAtLeast,
  rankOf,
  ServiceAccountId,
  type AccountId,
  type Role,
  type ServiceAccount,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { heldAfter, type Held } from "../members/access.ts";
import { demandVersion } from "../members/change-access.ts";
import { applyChanges, changing, demandStill } from "../members/change.ts";
import { pageOf } from "../paging.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { ServiceAccountPorts, ServiceAccountService } from "./service.ts";
import type { ServiceMember } from "./store.ts";

const NOTHING: Held = { role: "viewer", owner: false, grants: [] };

/** The person behind a member who may manage programs; no program may. */
export function makerOf({ caller }: Member): AccountId {
  if (caller.kind !== "person") throw new Fault("FORBIDDEN", { action: "service.manage" });
  return caller.accountId;
}

/** @throws Fault `NOT_FOUND` for one of another organisation as for none */
export async function serviceOf(
  { serviceAccounts }: Pick<Stores, "serviceAccounts">,
  { orgId }: Pick<Member, "orgId">,
  id: ServiceAccountId,
): Promise<ServiceMember> {
  const found = await serviceAccounts.find(orgId, id);
  if (!found) throw new Fault("NOT_FOUND");
  return found;
}

const show = ({ id, name, createdBy, createdAt, held }: ServiceMember): ServiceAccount => ({
  ...{ id, name, role: held.role, grants: [...held.grants], disabled: !held.active },
  ...{ createdBy, createdAt, version: held.version },
});

const facts = ({ name, held: { role, grants, active } }: ServiceMember) => ({
  ...{ name, role, grants, disabled: !active },
});

/** @throws Fault `FORBIDDEN` for more than the maker's own role */
function demandOwnRole(member: Member, role: Role): void {
  const yourRole = rankOf(member);
  if (!isAtLeast(yourRole, role))
    throw new Fault("FORBIDDEN", { action: "service.manage", requiredRole: role, yourRole });
}

type AccountsService = Omit<ServiceAccountService, "keys" | "createKey" | "rotateKey" | "revokeKey">;

export function accountsService({ clock, ids }: ServiceAccountPorts, store: HubStore): AccountsService {
  async function demandFolders(stores: Stores, { orgId }: Member, { grants }: Held): Promise<void> {
    const named = grants.map(({ folderId }) => folderId);
    if ((await stores.members.existing(orgId, named)).length < named.length) throw new Fault("NOT_FOUND");
  }

  /** One change of one account with its entry; `work` says what it becomes, null for nothing new. */
  const change = (
    member: Member,
    id: ServiceAccountId,
    action: string,
    work: (stores: Stores, before: ServiceMember) => Promise<ServiceMember | null>,
  ): Promise<ServiceAccount> =>
    changing(store, member.orgId, async (stores) => {
      const before = await serviceOf(stores, member, id);
      const after = await work(stores, before);
      if (!after) return show(before);
      const { orgId, actor } = member;
      const at = clock.wall();
      const act = { member, action: "service.manage", at } as const;
      await applyChanges(stores, act, [{ before: before.held, after: after.held }]);
      const entry = { orgId, at, actor, action, object: id };
      await stores.audit.append([{ ...entry, before: facts(before), after: facts(after) }]);
      return show(await serviceOf(stores, member, id));
    });

  return {
    async page(member, wish) {
      const found = await store.read.serviceAccounts.page(member.orgId, wish);
      return pageOf(found, wish, ({ id }) => id, show);
    },
    async one(member, id) {
      return show(await serviceOf(store.read, member, id));
    },
    create: (member, { name, ...wish }) =>
      changing(store, member.orgId, async (stores) => {
        const { orgId, actor } = member;
        await demandStill(stores, member, "service.manage");
        demandOwnRole(member, wish.role);
        const { grants, ...held } = heldAfter(NOTHING, wish);
        await demandFolders(stores, member, { ...held, grants });
        const at = clock.wall();
        const id = ServiceAccountId.parse(ids.next());
        const createdBy = makerOf(member);
        await stores.serviceAccounts.insert({ orgId, id, name, createdBy, createdAt: at });
        const membership = { orgId, principalId: id, kind: "service", ...held, active: true } as const;
        const since = { pending: null, invitedBy: createdBy, joinedAt: at, version: 1 };
        await stores.members.insert({ ...membership, ...since }, grants);
        const made = await serviceOf(stores, member, id);
        const entry = { orgId, at, actor, action: "service.created", object: id };
        await stores.audit.append([{ ...entry, after: facts(made) }]);
        return show(made);
      }),
    rename: (member, id, name, version) =>
      change(member, id, "service.renamed", async (stores, before) => {
        demandVersion(before.held, version);
        if (name === before.name) return null;
        await stores.serviceAccounts.rename(member.orgId, id, name);
        return { ...before, name };
      }),
    changeAccess: (member, id, wish, version) =>
      change(member, id, "service.access_changed", async (stores, before) => {
        demandVersion(before.held, version);
        demandOwnRole(member, wish.role);
        const held = heldAfter(before.held, wish);
        await demandFolders(stores, member, held);
        return { ...before, held: { ...before.held, ...held } };
      }),
    setDisabled: (member, id, disabled) =>
      change(member, id, disabled ? "service.disabled" : "service.enabled", async (_stores, before) =>
        before.held.active === !disabled ? null : { ...before, held: { ...before.held, active: !disabled } },
      ),
  };
}
