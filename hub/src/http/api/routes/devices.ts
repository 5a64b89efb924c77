import { Device, DeviceId, page, PageQuery } from "@fyr/protocol";
import { memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

export const devices = [
  memberRoute({
    name: "listDevices",
    method: "GET",
    path: "/orgs/:orgId/devices",
    action: "device.read",
    summary: "The devices of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(Device),
    run: ({ services }, { member, query }) => services.devices(member, query),
  }),
  memberRoute({
    name: "getDevice",
    method: "GET",
    path: "/orgs/:orgId/devices/:deviceId",
    action: "device.read",
    summary: "One device",
    params: OrgParams.extend({ deviceId: DeviceId }),
    answer: Device,
    run: ({ services }, { member, params }) => services.device(member, params.deviceId),
  }),
];
