import type { OrgId } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { CountedDevice } from "./coverage.ts";
import { added, type ByType } from "./need.ts";

/** The product that the hub itself is: every device that an agent reports uses one licence of it. */
export const DEVICE_MANAGEMENT = "DM";

/**
 * What is registered and in use of each product (L-28). Whoever keeps another kind of system adds its counts here;
 * a product that is left out is not registered with the organisation (L-21).
 */
export type InUse = (stores: Stores, orgId: OrgId) => Promise<ReadonlyMap<string, ByType>>;

/** The devices that agents report, and the systems that were registered. Hardware that carries licences counts for itself. */
export const inUse: InUse = async ({ licences }, orgId) => {
  const counts = new Map<string, ByType>();
  const fleet = await licences.fleetSize(orgId);
  if (fleet.agents > 0) counts.set(DEVICE_MANAGEMENT, { CORE: fleet.devices });
  for (const system of await licences.systems(orgId)) {
    const before = counts.get(system.product) ?? {};
    counts.set(system.product, system.licensing === "subscription" ? added(before, system.counts) : before);
  }
  return counts;
};

/** Devices one by one, for those products of which the hub knows each (row 54). */
export const countedDevices = async (
  { licences }: Pick<Stores, "licences">,
  orgId: OrgId,
  product: string,
): Promise<readonly CountedDevice[]> =>
  product === DEVICE_MANAGEMENT
    ? (await licences.deviceIds(orgId)).map((id) => ({ id, type: "CORE", registeredAt: madeAt(id) }))
    : [];

/** A UUIDv7 begins with the milliseconds at which it was made. */
const madeAt = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
