import {
  page,
  PageQuery,
  RecordedDevice,
  Server,
  ServerHealthView,
  ServerId,
  ServerMove,
} from "@fyr/protocol";
import { memberRoute, Nothing } from "../route.ts";
import { OrgParams } from "./params.ts";

const ServerParams = OrgParams.extend({ serverId: ServerId });

export const servers = [
  memberRoute({
    name: "listServers",
    method: "GET",
    path: "/orgs/:orgId/servers",
    action: "server.read",
    summary: "The ACS Pro servers of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(Server),
    run: ({ services }, { member, query }) => services.servers(member, query),
  }),
  memberRoute({
    name: "getServer",
    method: "GET",
    path: "/orgs/:orgId/servers/:serverId",
    action: "server.read",
    summary: "One server",
    params: ServerParams,
    answer: Server,
    run: ({ services }, { member, params }) => services.server(member, params.serverId),
  }),
  memberRoute({
    name: "getServerHealth",
    method: "GET",
    path: "/orgs/:orgId/servers/:serverId/health",
    action: "server.monitor",
    summary: "How a server was when its agent last told of it",
    params: ServerParams,
    answer: ServerHealthView,
    run: ({ services }, { member, params }) => services.serverHealth(member, params.serverId),
  }),
  memberRoute({
    name: "listServerDevices",
    method: "GET",
    path: "/orgs/:orgId/servers/:serverId/devices",
    action: "server.read",
    summary: "The devices that a server records",
    params: ServerParams,
    query: PageQuery,
    answer: page(RecordedDevice),
    run: ({ services }, { member, params, query }) => services.serverDevices(member, params.serverId, query),
  }),
  memberRoute({
    name: "moveServer",
    method: "POST",
    path: "/orgs/:orgId/servers/:serverId/move",
    action: "device.edit",
    summary: "Put a server into another folder",
    params: ServerParams,
    body: ServerMove,
    answer: Server,
    run: ({ services }, { member, params, body }) =>
      services.moveServer(member, params.serverId, body.folderId),
  }),
  memberRoute({
    name: "unregisterServer",
    method: "DELETE",
    path: "/orgs/:orgId/servers/:serverId",
    action: "agent.register",
    summary: "Take a server out; it comes back only as a new one, with an agent that is enrolled anew",
    params: ServerParams,
    status: 204,
    answer: Nothing,
    async run({ services }, { member, params }) {
      await services.unregisterServer(member, params.serverId);
    },
  }),
];
