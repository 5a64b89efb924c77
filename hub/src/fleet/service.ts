import { Fault, reachOf, type AgentSummary, type Device } from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import { pathFor } from "../access/place.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import type { Contacts } from "./contacts.ts";
import { recommend } from "./recommend.ts";
import type { AgentRecord, DeviceFilter, DeviceWithTask } from "./store.ts";

/** An agent that polls is called offline when it missed two polls and a half. */
const MISSED_POLLS = 2.5;

export type FleetService = Pick<Services, "agents" | "devices" | "countDevices" | "device">;

export type ShowAgent = (agent: AgentRecord) => AgentSummary;

/** An agent as people see it, with what is known at this moment. */
export const showAgent =
  ({ clock, settings }: Pick<HubPorts, "clock" | "settings">, contacts: Contacts): ShowAgent =>
  ({ id, name, state, createdAt, agentVersion, lastSeenAt: stored, certificateUntil, folderId }) => {
    const lastSeenAt = contacts.lastSeenAt(id) ?? stored;
    const polls = lastSeenAt !== null && clock.wall() - lastSeenAt < settings.idlePollMs * MISSED_POLLS;
    const online = state === "enrolled" && (contacts.online(id) ?? polls);
    return { id, name, state, online, lastSeenAt, agentVersion, certificateUntil, folderId, createdAt };
  };

export function fleetService(ports: HubPorts, store: HubStore, contacts: Contacts): FleetService {
  const show = showAgent(ports, contacts);
  const images = () => ports.releases.all();
  return {
    async agents(member, wish) {
      const found = await store.read.fleet.agents(member.orgId, reachOf(member, "agent.read"), wish);
      return pageOf(found, wish, ({ id }) => id, show);
    },
    async devices(member, wish, filter = {}) {
      const published = images();
      await demandFilter(store, member, filter);
      const reach = reachOf(member, "device.read");
      const found = await store.read.fleet.devices(member.orgId, reach, wish, filter);
      return pageOf(
        found,
        wish,
        ({ id }) => id,
        (device) => showDevice(device, published),
      );
    },
    async countDevices(member, filter = {}) {
      await demandFilter(store, member, filter);
      return store.read.fleet.countDevices(member.orgId, reachOf(member, "device.read"), filter);
    },
    async device(member, deviceId) {
      const device = await store.read.fleet.device(member.orgId, deviceId);
      if (!device) throw new Fault("NOT_FOUND");
      demandIn(
        member,
        "device.read",
        "device.read",
        await pathFor(store.read.folders, member, device.folderId),
      );
      return showDevice(device, images());
    },
  };
}

/** A folder that is hidden is asked for in vain as one that does not exist. @throws Fault `NOT_FOUND` */
async function demandFilter(store: HubStore, member: Member, { folderId }: DeviceFilter): Promise<void> {
  if (folderId === undefined) return;
  const path = await store.read.folders.pathOf(member.orgId, folderId);
  if (path.length === 0) throw new Fault("NOT_FOUND");
  demandIn(member, "device.read", "device.read", path);
}

function showDevice(device: DeviceWithTask, images: Parameters<typeof recommend>[0]): Device {
  const { id, serial, agentId, model, name, hardwareId, version, address, trouble, seenAt, presentAt } =
    device;
  const { activeTaskId, folderId } = device;
  const recommended = recommend(images, device);
  const told = { id, serial, agentId, model, name, hardwareId, version, address, trouble, seenAt, presentAt };
  return { ...told, folderId, recommended, activeTaskId };
}
