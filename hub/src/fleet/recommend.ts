import { fitsDevice, isUpgradeableFrom, missingStep, type ImageFacts } from "@fyr/certs";
import { compareVersions, isNewer, type Device, type FaultCode } from "@fyr/protocol";

/** What decides which images a device may take. */
export interface Candidate {
  readonly model: string;
  readonly hardwareId: string;
  readonly version: string;
}

/** Why this device may not be given this image; null when it may. */
export function refusal(image: ImageFacts, device: Candidate): FaultCode | null {
  if (image.withdrawn) return "IMAGE_WITHDRAWN";
  const fit = fitsDevice(image, device);
  if (fit === "wrong_model") return "IMAGE_WRONG_MODEL";
  if (fit === "wrong_hardware") return "IMAGE_WRONG_HARDWARE";
  const order = compareVersions(image.version, device.version);
  if (order === 0) return "UPGRADE_AT_TARGET";
  if (order < 0) return "IMAGE_DOWNGRADE";
  const free = isUpgradeableFrom(image, device.version) && missingStep(image, device.version) === null;
  return free ? null : "IMAGE_PATH_BLOCKED";
}

/** The newest published image that the device may take from where it is. */
export function recommend(images: readonly ImageFacts[], device: Candidate): Device["recommended"] {
  let best: ImageFacts | undefined;
  for (const image of images) {
    if ((best === undefined || isNewer(image.version, best.version)) && refusal(image, device) === null)
      best = image;
  }
  return best ? { digest: best.digest, version: best.version } : null;
}
