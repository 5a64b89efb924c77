import type { Organisation, OrgId, OrgSettings } from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { PageWish } from "../ports.ts";

/** An organisation as the hub keeps it. */
export interface OrganisationRecord extends Organisation {
  readonly settings: OrgSettings;
  readonly archivedBy: string | null;
}

export interface OrganisationStore {
  insert(organisation: OrganisationRecord): Promise<void>;
  find(orgId: OrgId): Promise<OrganisationRecord | null>;
  /** Locked until the transaction ends: changes of its members wait for each other here. */
  lock(orgId: OrgId): Promise<OrganisationRecord | null>;
  /** Those that somebody is a member of, by id, oldest first; one more than wished when there are more. */
  pageOf(principalId: PrincipalId, wish: PageWish): Promise<OrganisationRecord[]>;
  /** All of them, for the hub's own work: by id, oldest first; one more than wished when there are more. */
  page(wish: PageWish): Promise<OrganisationRecord[]>;
}
