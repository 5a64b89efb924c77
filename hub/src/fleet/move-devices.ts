import {
  Fault,
  may,
  type DeviceId,
  type DeviceMove,
  type DeviceMovePreview,
  type DeviceMoveResult,
  type FolderId,
} from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import { named, shiftOf } from "../access/shift.ts";
import type { HubPorts } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { DeviceRecord } from "./store.ts";

/** Devices go from folder to folder, many at once (C-03): what becomes of each is told one by one. */
export interface DeviceMoves {
  /** Who would gain and who would lose access. @throws Fault NOT_FOUND for the folder */
  previewDeviceMove(member: Member, wish: DeviceMove): Promise<DeviceMovePreview>;
  /** One audit entry for each device that moved. @throws Fault NOT_FOUND for the folder */
  moveDevices(member: Member, wish: DeviceMove): Promise<DeviceMoveResult>;
}

type Paths = ReadonlyMap<FolderId, readonly FolderId[]>;

async function pathsOf(
  { folders }: Pick<Stores, "folders">,
  { orgId }: Member,
  ids: Iterable<FolderId>,
): Promise<Paths> {
  const paths = new Map<FolderId, readonly FolderId[]>();
  for (const id of new Set(ids)) paths.set(id, await folders.pathOf(orgId, id));
  return paths;
}

/** @throws Fault `NOT_FOUND` for a folder that is hidden or not there, alike */
async function demandTarget(
  stores: Pick<Stores, "folders">,
  member: Member,
  folderId: FolderId,
): Promise<readonly FolderId[]> {
  const path = await stores.folders.pathOf(member.orgId, folderId);
  if (path.length === 0) throw new Fault("NOT_FOUND");
  demandIn(member, "device.read", "device.edit", path);
  return path;
}

/** The devices that the member sees and may move; whatever it may not see is not among them. */
function movable(member: Member, devices: readonly DeviceRecord[], paths: Paths): DeviceRecord[] {
  const pathOf = ({ folderId }: DeviceRecord) => paths.get(folderId) ?? [];
  const seen = devices.filter(
    (device) => may(member, "device.read", { path: pathOf(device) }).kind === "allowed",
  );
  for (const device of seen) demandIn(member, "device.read", "device.edit", pathOf(device));
  return seen;
}

export function deviceMoves({ clock }: Pick<HubPorts, "clock">, store: HubStore): DeviceMoves {
  return {
    async previewDeviceMove(member, { deviceIds, folderId }) {
      const { folders, fleet, access } = store.read;
      const target = await demandTarget({ folders }, member, folderId);
      const found = await fleet.devicesNamed(member.orgId, deviceIds);
      const paths = await pathsOf(
        { folders },
        member,
        found.map((device) => device.folderId),
      );
      const seen = movable(member, found, paths);
      const members = await access.scoped(member.orgId);
      const groups = [...Map.groupBy(seen, (device) => device.folderId)];
      const shifts = await named(
        groups.map(([from]) => shiftOf(members, paths.get(from) ?? [], target)),
        access.names,
      );
      const from = groups.map(([id, devices], at) => ({
        ...(shifts[at] ?? { gains: [], loses: [] }),
        ...{ folderId: id, devices: devices.length },
      }));
      const distinct = (side: "gains" | "loses") =>
        new Set(shifts.flatMap((shift) => shift[side].map(({ memberId }) => memberId))).size;
      const known = new Set(seen.map(({ id }) => id));
      return {
        ...{ gain: distinct("gains"), lose: distinct("loses"), from },
        notFound: [...new Set(deviceIds)].filter((id) => !known.has(id)),
      };
    },
    moveDevices: (member, wish) => store.write((stores) => move(stores, clock.wall(), member, wish)),
  };
}

async function move(
  stores: Stores,
  at: number,
  member: Member,
  { deviceIds, folderId }: DeviceMove,
): Promise<DeviceMoveResult> {
  const { organisations, fleet, audit } = stores;
  const { orgId, actor } = member;
  // The target stays until the devices are in it.
  await organisations.lock(orgId);
  await demandTarget(stores, member, folderId);
  const found = await fleet.lockDevices(orgId, deviceIds);
  const paths = await pathsOf(
    stores,
    member,
    found.map((device) => device.folderId),
  );
  const seen = new Map(movable(member, found, paths).map((device) => [device.id, device]));
  const moving = [...seen.values()].filter((device) => device.folderId !== folderId);
  await fleet.moveDevices(
    orgId,
    moving.map(({ id }) => id),
    folderId,
  );
  await audit.append(
    moving.map(({ id, folderId: from }) => ({
      ...{ orgId, at, actor, action: "device.moved", object: id },
      ...{ before: { folderId: from }, after: { folderId } },
    })),
  );
  const moved = new Set(moving.map(({ id }) => id));
  const resultOf = (id: DeviceId) => (moved.has(id) ? "moved" : seen.has(id) ? "unchanged" : "not_found");
  return { items: [...new Set(deviceIds)].map((deviceId) => ({ deviceId, result: resultOf(deviceId) })) };
}
