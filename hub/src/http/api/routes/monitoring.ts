import {
  Alert,
  AlertAcknowledgement,
  AlertId,
  AlertMute,
  Monitoring,
  page,
  PageQuery,
  ServerId,
  ThresholdChanges,
} from "@fyr/protocol";
import { z } from "zod";
import { memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

const ServerParams = OrgParams.extend({ serverId: ServerId });
const AlertParams = OrgParams.extend({ alertId: AlertId });

export const monitoring = [
  memberRoute({
    name: "getMonitoring",
    method: "GET",
    path: "/orgs/:orgId/monitoring",
    action: "server.monitor",
    summary: "The organisation's thresholds for servers",
    params: OrgParams,
    answer: Monitoring,
    run: ({ services }, { member }) => services.monitoring(member, null),
  }),
  memberRoute({
    name: "setMonitoring",
    method: "PUT",
    path: "/orgs/:orgId/monitoring",
    action: "alert.rules",
    summary: "Change the organisation's thresholds; those that are left out are the product's",
    params: OrgParams,
    body: ThresholdChanges,
    versioned: true,
    answer: Monitoring,
    run: ({ services }, { member, body, ifMatch }) => services.setMonitoring(member, null, body, ifMatch),
  }),
  memberRoute({
    name: "getServerMonitoring",
    method: "GET",
    path: "/orgs/:orgId/servers/:serverId/monitoring",
    action: "server.monitor",
    summary: "The thresholds that count for one server",
    params: ServerParams,
    answer: Monitoring,
    run: ({ services }, { member, params }) => services.monitoring(member, params.serverId),
  }),
  memberRoute({
    name: "setServerMonitoring",
    method: "PUT",
    path: "/orgs/:orgId/servers/:serverId/monitoring",
    action: "server.tend",
    summary: "Change one server's thresholds; those that are left out are the organisation's",
    params: ServerParams,
    body: ThresholdChanges,
    versioned: true,
    answer: Monitoring,
    run: ({ services }, { member, params, body, ifMatch }) =>
      services.setMonitoring(member, params.serverId, body, ifMatch),
  }),
  memberRoute({
    name: "listAlerts",
    method: "GET",
    path: "/orgs/:orgId/alerts",
    action: "alert.read",
    summary: "What was told of servers, newest first; of one server, or what lasts, when asked",
    params: OrgParams,
    query: PageQuery.extend({
      serverId: ServerId.optional(),
      open: z
        .enum(["true", "false"])
        .transform((text) => text === "true")
        .optional(),
    }),
    answer: page(Alert),
    run: ({ services }, { member, query: { serverId, open, ...wish } }) =>
      services.alerts(member, { serverId, open }, wish),
  }),
  memberRoute({
    name: "acknowledgeAlert",
    method: "POST",
    path: "/orgs/:orgId/alerts/:alertId/acknowledge",
    action: "server.tend",
    summary: "Say that somebody sees to an alert",
    params: AlertParams,
    body: AlertAcknowledgement,
    answer: Alert,
    run: ({ services }, { member, params, body }) =>
      services.acknowledgeAlert(member, params.alertId, body.comment),
  }),
  memberRoute({
    name: "muteAlert",
    method: "POST",
    path: "/orgs/:orgId/alerts/:alertId/mute",
    action: "server.tend",
    summary: "Send nobody word of an alert until then",
    params: AlertParams,
    body: AlertMute,
    answer: Alert,
    run: ({ services }, { member, params, body }) => services.muteAlert(member, params.alertId, body.until),
  }),
];
