import { DEFAULT_SETTINGS, Fault, OrgId, type Organisation } from "@fyr/protocol";
import { defaultFolderOf } from "../folders/default-folder.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import type { OrganisationRecord } from "./store.ts";

export type OrganisationService = Pick<
  Services,
  "alive" | "createOrganisation" | "organisations" | "organisation"
>;

const show = ({ id, name, notes, createdAt, archivedAt, version }: OrganisationRecord): Organisation => ({
  ...{ id, name, notes, createdAt, archivedAt, version },
});

export const organisationService = ({ clock, ids }: HubPorts, store: HubStore): OrganisationService => ({
  async alive() {
    await store.read.organisations.page({ limit: 1 });
  },
  async createOrganisation({ accountId }, { name, notes = "" }) {
    const at = clock.wall();
    const orgId = OrgId.parse(ids.next());
    const plain = { notes, createdAt: at, archivedAt: null, archivedBy: null, version: 1 };
    const organisation = { id: orgId, name, settings: DEFAULT_SETTINGS, ...plain };
    const owner = {
      principalId: accountId,
      kind: "person",
      role: "admin",
      owner: true,
      active: true,
    } as const;
    await store.write(async ({ organisations, folders, members, audit }) => {
      await organisations.insert(organisation);
      const root = { orgId, id: defaultFolderOf(orgId), parentId: null, name };
      await folders.insert({ ...root, createdAt: at, version: 1 });
      await members.insert({ orgId, ...owner, pending: null, invitedBy: null, joinedAt: at, version: 1 }, []);
      const entry = {
        orgId,
        at,
        actor: `account:${accountId}`,
        action: "organisation.created",
        object: orgId,
      };
      await audit.append([{ ...entry, after: { name, owner: accountId } }]);
    });
    return show(organisation);
  },
  async organisations(caller, wish) {
    if (caller.kind === "operator") return { items: [], next: null };
    const principalId = caller.kind === "person" ? caller.accountId : caller.serviceId;
    const found = await store.read.organisations.pageOf(principalId, wish);
    return pageOf(found, wish, ({ id }) => id, show);
  },
  async organisation({ orgId }) {
    const found = await store.read.organisations.find(orgId);
    if (!found) throw new Fault("NOT_FOUND");
    return show(found);
  },
});
