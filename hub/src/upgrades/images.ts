import type { Digest, FaultCode } from "@fyr/protocol";
import type { Releases } from "../ports.ts";

/** Why an image may not be ordered any more; null when it may. */
export function imageFault(releases: Releases, digest: Digest): FaultCode | null {
  const facts = releases.facts(digest);
  if (facts === null) return "IMAGE_UNKNOWN";
  return facts.withdrawn ? "IMAGE_WITHDRAWN" : null;
}
