/** Devices, spoken to over VAPIX. */
export type { DeviceInfo } from "./calls/device-info.ts";
export { createCamera, type CameraPorts } from "./camera.ts";
export type { Target } from "./approach.ts";
export type { Endpoint, Ports, Scheme } from "./endpoint.ts";
export type { Wire, WireAnswer, WireRequest } from "./exchange.ts";
export { knownVersion } from "./look.ts";
export { meet, type Meeting } from "./meet.ts";
export { storedPins, type KeyPins } from "./pins.ts";
export { storedRefusals, type LoginRefusals } from "./refusals.ts";
export { nodeWire } from "./wire/node-wire.ts";
