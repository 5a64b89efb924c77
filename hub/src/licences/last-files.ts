import type { OrgId } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { LastFile } from "./reminders.ts";

/** The last licence file of each system without a network that has one. */
export async function lastFiles({ licences }: Pick<Stores, "licences">, orgId: OrgId): Promise<LastFile[]> {
  const found: LastFile[] = [];
  for (const { id, name, product, connectivity } of await licences.systems(orgId)) {
    const file = connectivity === "offline" ? await licences.lastFile(orgId, id) : null;
    if (file) found.push({ systemId: id, name, product, serial: file.serial, validUntil: file.validUntil });
  }
  return found;
}
