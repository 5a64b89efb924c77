/** The way to the hub: enrolment, sync, doorbell, renewal, and what the hub's word is worth. */
export { enrol, type EnrolPorts, type EnrolWish } from "./enrol.ts";
export { identityFiles, readLeaf, type Identity, type IdentityStore, type ReadLeaf } from "./identity.ts";
export { createLink, type Link, type LinkedSite, type LinkPorts, type LinkSettings } from "./link.ts";
export { readStanding, type KeptStanding } from "./standing.ts";
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
