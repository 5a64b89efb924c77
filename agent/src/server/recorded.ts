import { isFault } from "@fyr/protocol";
import { siteRange, type SiteRange } from "../discovery/index.ts";
import type { RecordedDevice } from "./ports.ts";

/** One address, as a server writes it down; never a span of them. */
const ONE = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Where a device that the server records may be asked, and nowhere beside; nothing for an address that cannot be read. */
export function rangeOf({ host, httpPort = 80, httpsPort = 443 }: RecordedDevice): SiteRange[] {
  if (!ONE.test(host)) return [];
  try {
    return [siteRange({ addresses: host, httpPort, httpsPort })];
  } catch (error) {
    if (isFault(error, "ADDRESS_REFUSED")) return [];
    throw error;
  }
}

/** The same for all that it records now; reckoned once for each time that it said so, for a sweep asks at every address. */
export function rangesOf(recorded: () => readonly RecordedDevice[]): () => readonly SiteRange[] {
  let of = recorded();
  let ranges = of.flatMap(rangeOf);
  return () => {
    const now = recorded();
    if (now !== of) [of, ranges] = [now, now.flatMap(rangeOf)];
    return ranges;
  };
}
