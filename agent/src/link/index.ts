/** The way to the hub: enrolment, sync, doorbell, renewal, and what the hub's word is worth. */
export type { EnrolPorts, EnrolWish } from "./enrol.ts";
export type { Identity, IdentityStore, ReadLeaf } from "./identity.ts";
export { createLink, type Link, type LinkedSite, type LinkPorts, type LinkSettings } from "./link.ts";
export type { KeptStanding } from "./standing.ts";
export type { LineWish, MessageLine, OpenLine } from "./doorbell.ts";
export type {
  EnrolmentChannel,
  HubAddress,
  HubWire,
  OpenEnrolment,
  OpenHubWire,
  WireAnswer,
  WireRequest,
} from "./wire.ts";
