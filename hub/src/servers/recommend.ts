import { isUpgradeableFrom, missingStep, type ImageFacts } from "@fyr/certs";
import { compareVersions, isNewer, type FaultCode, type Server } from "@fyr/protocol";
import { versionOf, type ServerRecord } from "./server.ts";

/** Why this server may not be given this package; null when it may. */
export function packageRefusal(image: ImageFacts, server: Pick<ServerRecord, "facts">): FaultCode | null {
  if (image.product !== server.facts.product) return "PACKAGE_WRONG_PRODUCT";
  if (image.withdrawn) return "IMAGE_WITHDRAWN";
  const version = versionOf(server);
  if (version === null) return "SERVER_VERSION_UNKNOWN";
  const order = compareVersions(image.version, version);
  if (order === 0) return "UPGRADE_AT_TARGET";
  if (order < 0) return "IMAGE_DOWNGRADE";
  const free = isUpgradeableFrom(image, version) && missingStep(image, version) === null;
  return free ? null : "IMAGE_PATH_BLOCKED";
}

/** The newest published package that the server may take from where it is. */
export function recommendPackage(
  images: readonly ImageFacts[],
  server: Pick<ServerRecord, "facts" | "state">,
): Server["recommended"] {
  if (server.state !== "registered") return null;
  let best: ImageFacts | undefined;
  for (const image of images) {
    const fits = best === undefined || isNewer(image.version, best.version);
    if (fits && packageRefusal(image, server) === null) best = image;
  }
  return best ? { digest: best.digest, version: best.version } : null;
}
