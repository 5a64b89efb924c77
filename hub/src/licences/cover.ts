import { Fault, reachOf, type DeviceCover, type DeviceId, type OrgId, type Page } from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import { pathFor } from "../access/place.ts";
import { pageOf } from "../paging.ts";
import type { PageWish } from "../ports.ts";
import type { Stores } from "../store/store.ts";
import { eventsOf, productOf } from "./book.ts";
import { bookIn, todayOf, type LicenceParts } from "./command.ts";
import { requireLicence, uncovered, uncoveredSystems, type CountedSystem } from "./coverage.ts";
import { countedDevices, DEVICE_MANAGEMENT, productOfServer } from "./in-use.ts";
import { at } from "./need.ts";
import { statusOn, type ProductStatus } from "./status.ts";

/** Which single devices licences cover, for whoever reaches them (access.md row 54). */
export interface CoverService {
  /** @throws Fault `NOT_FOUND` */
  deviceCover(member: Member, deviceId: DeviceId): Promise<DeviceCover>;
  deviceCovers(member: Member, page: PageWish): Promise<Page<DeviceCover>>;
}

const statusNow = async (
  parts: LicenceParts,
  stores: Stores,
  orgId: OrgId,
  product: string,
): Promise<ProductStatus> => {
  const events = eventsOf(await bookIn(parts, stores, orgId), productOf(parts.catalogue, product));
  return statusOn(events, todayOf(parts));
};

const isCoveredIn = ({ inUse, covered }: ProductStatus): boolean =>
  Object.entries(inUse).every(([type, n]) => at(covered, type) >= n);

export function coverService(parts: LicenceParts): CoverService {
  const { read } = parts.store;
  const product = DEVICE_MANAGEMENT;

  /** Devices that are not covered; all of them are asked for only when some are not. */
  async function uncoveredIn(orgId: OrgId): Promise<ReadonlySet<string>> {
    const status = await statusNow(parts, read, orgId, product);
    if (isCoveredIn(status)) return new Set();
    const chosen = new Set(await read.licences.uncoveredChoice(orgId, product));
    return uncovered(await countedDevices(read, orgId, product), status.covered, chosen);
  }

  return {
    async deviceCover(member, deviceId) {
      const device = await read.fleet.device(member.orgId, deviceId);
      if (!device) throw new Fault("NOT_FOUND");
      const path = await pathFor(read.folders, member, device.folderId);
      demandIn(member, "device.read", "licence.cover", path);
      return { deviceId, product, covered: !(await uncoveredIn(member.orgId)).has(deviceId) };
    },
    async deviceCovers(member, wish) {
      const found = await read.fleet.devices(member.orgId, reachOf(member, "licence.cover"), wish);
      const without = await uncoveredIn(member.orgId);
      return pageOf(
        found,
        wish,
        ({ id }) => id,
        ({ id }) => ({ deviceId: id, product, covered: !without.has(id) }),
      );
    },
  };
}

/** Servers and systems of a product that count their devices for a subscription. */
async function countedSystems({ licences }: Stores, orgId: OrgId, product: string): Promise<CountedSystem[]> {
  const servers = (await licences.countedServers(orgId)).filter((each) => productOfServer(each) === product);
  const systems = (await licences.systems(orgId)).filter((each) => each.product === product);
  return [...servers, ...systems].filter(({ licensing }) => licensing === "subscription");
}

/**
 * Lets pass what is asked of a server from afar, inside the transaction that does it: a server whose devices are all
 * covered is not touched by what others lack (L-26). One on hardware of its own is licensed for its life.
 */
export const requireServerCover =
  (parts: LicenceParts) =>
  async (stores: Stores, orgId: OrgId, serverId: string): Promise<void> => {
    const server = (await stores.licences.countedServers(orgId)).find(({ id }) => id === serverId);
    const product = server ? productOfServer(server) : null;
    if (!server || product === null || server.licensing === "hardware") return;
    const status = await statusNow(parts, stores, orgId, product);
    const chosen = new Set(await stores.licences.uncoveredChoice(orgId, product));
    const systems = await countedSystems(stores, orgId, product);
    const without = uncoveredSystems(systems, status.covered, chosen);
    const known = server.licensing === "subscription" ? !without.has(serverId) : undefined;
    requireLicence("serverUpgrade", product, status, known);
  };
