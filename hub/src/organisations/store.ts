import type { Organisation, OrgId } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";

export interface OrganisationStore {
  insert(organisation: Organisation): Promise<void>;
  find(orgId: OrgId): Promise<Organisation | null>;
  /** By id, oldest first; one more than wished when there are more. */
  page(wish: PageWish): Promise<Organisation[]>;
}
