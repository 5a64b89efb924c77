import { Device, DeviceId, page, PageQuery } from "@fyr/protocol";
import { route } from "../route.ts";
import { known, OrgParams } from "./organisations.ts";

export const devices = [
  route({
    name: "listDevices",
    method: "GET",
    path: "/orgs/:orgId/devices",
    who: "operator",
    summary: "The devices of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(Device),
    run: async ({ services }, { params, query }) =>
      services.devices(await known(services, params.orgId), query),
  }),
  route({
    name: "getDevice",
    method: "GET",
    path: "/orgs/:orgId/devices/:deviceId",
    who: "operator",
    summary: "One device",
    params: OrgParams.extend({ deviceId: DeviceId }),
    answer: Device,
    run: ({ services }, { params }) => services.device(params.orgId, params.deviceId),
  }),
];
