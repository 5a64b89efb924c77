/** The agent's side of devices, for tests that bring the devices. */
export { realSite, type RealSite } from "./inventory/testing/real-site.ts";
export { bufferImage } from "./vapix/testing/buffer-image.ts";
export { createImageCache } from "./cache/index.ts";
export { imageBody } from "./cache/image-body.ts";
export { fileDisk, openStore, type Disk } from "./store/index.ts";
export { BALLAST_BYTES } from "./store/disk.ts";
export { FakeDevice, type DeviceFaults } from "./upgrade/testing/device.ts";
export { FakeSite, imageFacts } from "./upgrade/testing/site.ts";
export { Secret } from "./vault/secret.ts";
/** The agent's commands, for a process that a test makes of them; and where such a process may be ended. */
export { clearWords, createProgram } from "./cli/program.ts";
export type { Machine } from "./cli/machine.ts";
export { KILL_POINTS, type KillPoint } from "./upgrade/kill-points.ts";
/** The real way to the hub, for a test that stands in it. */
export { openHubWire } from "./link/wire/https.ts";
/** What stands between an agent and the world, for a world that brings its own. */
export { identityFiles, type ReadLeaf } from "./link/identity.ts";
export type { HubAddress, HubWire, LineWish, MessageLine, OpenHubWire, OpenLine } from "./link/index.ts";
export type { WireAnswer as HubAnswer, WireRequest as HubRequest } from "./link/index.ts";
export type { Knock } from "./discovery/index.ts";
export { fileBackups, memoryDisk } from "./store/index.ts";
export type { Wire, WireAnswer, WireRequest } from "./vapix/index.ts";
/** The hub's side of an outbox, and what lies under an agent, for whoever plays a host of a server. */
export { FakeHub } from "./upgrade/testing/hub.ts";
/** Where a service keeps its releases, for a simulated host that is furnished for the first time. */
export { servicePlace } from "./host/wire/place.ts";
/** The host of a server as an agent has it, and the installers, for a test that brings the host. */
export { openHost, helpRun, type HostSettings } from "./host/index.ts";
export { lockFolder } from "./store/index.ts";
