/** Simulated Axis devices: sites of them behind real sockets, the images they accept, and what can go wrong. */
export { createDevice, type Blueprint, type Device, type DevicePorts } from "./device/device.ts";
export type { DeviceReply, DeviceRequest } from "./device/exchange.ts";
export { flashedTwice, type Limits, type Upload, type Violation } from "./device/history.ts";
export { FaultSpec, type FaultInput, type FaultKind } from "./device/faults/spec.ts";
export { MODELS, modelOf } from "./device/catalogue.ts";
export {
  damaged,
  imageFileName,
  ImageInfo,
  makeForeignImage,
  makeImage,
  makeUnsignedImage,
  truncated,
  type ImageRecipe,
} from "./device/image.ts";
export type { Identity, Model } from "./device/identity.ts";
export { LIFE_LIKE, type Timing } from "./device/timing.ts";
export { demoImages, type SiteImage } from "./fleet/images.ts";
export { GENERATION_NAMES, type GenerationName } from "./fleet/mix.ts";
export { openSite, type LivePorts, type LiveSite } from "./fleet/live.ts";
export { serveSite, type RunningSite, type ServeOptions } from "./fleet/serve.ts";
export type { DeviceTruth } from "./fleet/truth.ts";
export { makeSite, type Site, type SiteDevice, type SiteOptions } from "./fleet/site.ts";
export { serverPackage, type PackageFault, type PackageWish } from "./host/package.ts";
export { openTree, type HostTree, type TreeOptions } from "./host/tree/tree.ts";
export { SimulatedHost } from "./host/host.ts";
export type { HostBlueprint } from "./host/readings.ts";
