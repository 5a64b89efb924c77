import { ACS_PRO, type OrgId } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { CountedDevice } from "./coverage.ts";
import { added, type ByType } from "./need.ts";
import type { CountedServer } from "./store.ts";

/** The product that the hub itself is: every device that an agent reports uses one licence of it. */
export const DEVICE_MANAGEMENT = "DM";

/** Products of the catalogue by the word that servers have for what they run. */
const PRODUCT_OF_SERVER: Readonly<Record<string, string>> = { [ACS_PRO]: "VMS" };

/** Null for a server of software that nobody licenses here. */
export const productOfServer = ({ product }: Pick<CountedServer, "product">): string | null =>
  PRODUCT_OF_SERVER[product] ?? null;

/**
 * What is registered and in use of each product (L-28). Whoever keeps another kind of system adds its counts here;
 * a product that is left out is not registered with the organisation (L-21).
 */
export type InUse = (stores: Stores, orgId: OrgId) => Promise<ReadonlyMap<string, ByType>>;

/**
 * The devices that agents report, those that registered servers count, and the systems that were registered by file.
 * What runs on hardware that carries licences counts for itself.
 */
export const inUse: InUse = async ({ licences }, orgId) => {
  const counts = new Map<string, ByType>();
  const count = (product: string, licensing: CountedServer["licensing"], byType: ByType): void => {
    const before = counts.get(product) ?? {};
    counts.set(product, licensing === "subscription" ? added(before, byType) : before);
  };
  const fleet = await licences.fleetSize(orgId);
  if (fleet.agents > 0) count(DEVICE_MANAGEMENT, "subscription", { CORE: fleet.devices });
  for (const server of await licences.countedServers(orgId)) {
    const product = productOfServer(server);
    if (product !== null) count(product, server.licensing, server.counts);
  }
  for (const { product, licensing, counts: byType } of await licences.systems(orgId))
    count(product, licensing, byType);
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
