import type { Organisation } from "@fyr/protocol";
import type { OrganisationRecord } from "./store.ts";

/** An organisation as its members see it. */
export const showOrganisation = (organisation: OrganisationRecord): Organisation => {
  const { id, name, notes, createdAt, archivedAt, version } = organisation;
  return { id, name, notes, createdAt, archivedAt, version };
};
