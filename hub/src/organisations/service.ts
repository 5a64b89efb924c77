import { Fault, OrgId } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore } from "../store/store.ts";

export type OrganisationService = Pick<
  Services,
  "createOrganisation" | "organisations" | "organisation" | "audit"
>;

export const organisationService = ({ clock, ids }: HubPorts, store: HubStore): OrganisationService => ({
  async createOrganisation(actor, name) {
    const at = clock.wall();
    const organisation = { id: OrgId.parse(ids.next()), name, createdAt: at };
    await store.write(async ({ organisations, audit }) => {
      await organisations.insert(organisation);
      const entry = {
        orgId: organisation.id,
        at,
        actor,
        action: "organisation.created",
        object: organisation.id,
      };
      await audit.append([{ ...entry, after: { name } }]);
    });
    return organisation;
  },
  async organisations(wish) {
    return pageOf(
      await store.read.organisations.page(wish),
      wish,
      ({ id }) => id,
      (organisation) => organisation,
    );
  },
  async organisation(orgId) {
    const found = await store.read.organisations.find(orgId);
    if (!found) throw new Fault("NOT_FOUND");
    return found;
  },
  async audit(orgId, wish) {
    return pageOf(
      await store.read.audit.page(orgId, wish),
      wish,
      ({ seq }) => String(seq),
      (entry) => entry,
    );
  },
});
