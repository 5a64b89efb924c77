import {
  Device,
  DeviceCount,
  DeviceId,
  DeviceMove,
  DeviceMovePreview,
  DeviceMoveResult,
  Fault,
  FolderId,
  Label,
  page,
  PageQuery,
} from "@fyr/protocol";
import { z } from "zod";
import { memberRoute, Nothing } from "../route.ts";
import { OrgParams } from "./params.ts";

const DeviceParams = OrgParams.extend({ deviceId: DeviceId });

const Filter = {
  folderId: FolderId.optional().describe("Only what is in this folder"),
  below: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true")
    .describe("Also what is in the folders below it"),
  name: Label.optional().describe("Part of the name"),
};

export const devices = [
  memberRoute({
    name: "listDevices",
    method: "GET",
    path: "/orgs/:orgId/devices",
    action: "device.read",
    summary: "The devices of an organisation, those of a folder or with a name when asked",
    params: OrgParams,
    query: PageQuery.extend(Filter),
    answer: page(Device),
    run: ({ services }, { member, query: { after, limit, ...filter } }) =>
      services.devices(member, { after, limit }, filter),
  }),
  memberRoute({
    name: "countDevices",
    method: "GET",
    path: "/orgs/:orgId/devices/count",
    action: "device.read",
    summary: "How many devices the list would have",
    params: OrgParams,
    query: z.strictObject(Filter),
    answer: DeviceCount,
    run: async ({ services }, { member, query }) => ({ devices: await services.countDevices(member, query) }),
  }),
  memberRoute({
    name: "getDevice",
    method: "GET",
    path: "/orgs/:orgId/devices/:deviceId",
    action: "device.read",
    summary: "One device",
    params: DeviceParams,
    answer: Device,
    run: ({ services }, { member, params }) => services.device(member, params.deviceId),
  }),
  memberRoute({
    name: "previewDeviceMove",
    method: "POST",
    path: "/orgs/:orgId/device-moves/preview",
    action: "device.edit",
    summary: "Who would gain and who would lose access if the devices were moved; changes nothing",
    params: OrgParams,
    body: DeviceMove,
    answer: DeviceMovePreview,
    run: ({ services }, { member, body }) => services.previewDeviceMove(member, body),
  }),
  memberRoute({
    name: "moveDevices",
    method: "POST",
    path: "/orgs/:orgId/device-moves",
    action: "device.edit",
    summary: "Move devices to a folder; the answer tells what became of each",
    params: OrgParams,
    body: DeviceMove,
    answer: DeviceMoveResult,
    run: ({ services }, { member, body }) => services.moveDevices(member, body),
  }),
  memberRoute({
    name: "moveDevice",
    method: "POST",
    path: "/orgs/:orgId/devices/:deviceId/move",
    action: "device.edit",
    summary: "Move one device to a folder",
    params: DeviceParams,
    body: z.strictObject({ folderId: FolderId }).meta({ id: "FolderChoice" }),
    status: 204,
    answer: Nothing,
    async run({ services }, { member, params, body }) {
      const { deviceId } = params;
      const { items } = await services.moveDevices(member, { deviceIds: [deviceId], ...body });
      if (items[0]?.result === "not_found") throw new Fault("NOT_FOUND");
    },
  }),
];
