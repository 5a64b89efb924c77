import { DEFAULT_SETTINGS, Fault, OrgId, type AccountId } from "@fyr/protocol";
import { defaultFolderOf } from "../folders/default-folder.ts";
import { once } from "../idempotency/once.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { showOrganisation as show } from "./show.ts";
import type { OrganisationRecord } from "./store.ts";

export type OrganisationService = Pick<
  Services,
  "alive" | "createOrganisation" | "organisations" | "organisation"
>;

/** The organisation with its default folder and its one owner. */
async function create(stores: Stores, made: OrganisationRecord, accountId: AccountId): Promise<void> {
  const { organisations, folders, members, audit } = stores;
  const { id: orgId, name, createdAt: at } = made;
  await organisations.insert(made);
  await folders.insert({
    ...{ orgId, id: defaultFolderOf(orgId), parentId: null, name, createdAt: at, version: 1 },
  });
  const owner = { principalId: accountId, kind: "person", role: "admin", owner: true, active: true } as const;
  await members.insert({ orgId, ...owner, pending: null, invitedBy: null, joinedAt: at, version: 1 }, []);
  const entry = { orgId, at, actor: `account:${accountId}`, action: "organisation.created", object: orgId };
  await audit.append([{ ...entry, after: { name, owner: accountId } }]);
}

export const organisationService = ({ clock, ids }: HubPorts, store: HubStore): OrganisationService => ({
  async alive() {
    await store.read.organisations.page({ limit: 1 });
  },
  async createOrganisation({ accountId }, { name, notes = "" }, key) {
    const now = clock.wall();
    const wish = { name, notes };
    const plain = { createdAt: now, archivedAt: null, archivedBy: null, version: 1 };
    const asked = { operation: "createOrganisation", key, wish, now };
    return store.write((stores) =>
      once(stores, { ...asked, space: accountId, actor: `account:${accountId}` }, async () => {
        const made = { id: OrgId.parse(ids.next()), ...wish, settings: DEFAULT_SETTINGS, ...plain };
        await create(stores, made, accountId);
        return show(made);
      }),
    );
  },
  async organisations(caller, wish) {
    if (caller.kind === "operator") return { items: [], next: null };
    const principalId = caller.kind === "person" ? caller.accountId : caller.serviceId;
    const { organisations } = store.read;
    const found = await (wish.archived
      ? organisations.archivedOf(principalId, wish)
      : organisations.pageOf(principalId, wish));
    return pageOf(found, wish, ({ id }) => id, show);
  },
  async organisation({ orgId }) {
    const found = await store.read.organisations.find(orgId);
    if (!found) throw new Fault("NOT_FOUND");
    return show(found);
  },
});
