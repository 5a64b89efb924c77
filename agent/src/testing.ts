/** The agent's side of devices, for tests that bring the devices. */
export { realSite, type RealSite } from "./inventory/testing/real-site.ts";
export { bufferImage } from "./vapix/testing/buffer-image.ts";
export { Secret } from "./vault/secret.ts";
