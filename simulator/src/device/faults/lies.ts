import type { Fault, Site } from "./fault.ts";
import type { SpecOf } from "./spec.ts";

/** A foreign serial at a known address, as after a swap of devices or of addresses. */
export const wrongSerial = ({ serial, from }: SpecOf<"wrong-serial">, site: Site): Fault => ({
  phase(name) {
    if (name === "dark" && from === "restart") site.fire();
  },
  serial(own) {
    if (from === "restart") return site.fired() > 0 ? serial : own;
    site.fire();
    return serial;
  },
});

const lastAccepted = ({ device }: Site) =>
  device.state.uploads.findLast(({ verdict }) => verdict === "accepted");

/** The new text without the new image. */
export const tellsNewVersion = (site: Site): Fault => ({
  installation() {
    site.fire();
    return "keep";
  },
  version: (own) => (site.fired() > 0 ? (lastAccepted(site)?.imageVersion ?? own) : own),
});

/** The new image with the old text. */
export const tellsOldVersion = (site: Site): Fault => ({
  phase(name) {
    if (name === "flashing" && site.fired() === 0) site.fire();
  },
  version: (own) => (site.fired() > 0 ? (lastAccepted(site)?.versionBefore ?? own) : own),
});
