import { isFault } from "@fyr/protocol";
import { siteRange, type SiteRange } from "../discovery/index.ts";
import type { RecordedDevice } from "./ports.ts";

/** Where a device that the server records may be asked, and nowhere beside; nothing for an address that cannot be read. */
export function rangeOf({ host, httpPort = 80, httpsPort = 443 }: RecordedDevice): SiteRange[] {
  try {
    return [siteRange({ addresses: host, httpPort, httpsPort })];
  } catch (error) {
    if (isFault(error, "ADDRESS_REFUSED")) return [];
    throw error;
  }
}
