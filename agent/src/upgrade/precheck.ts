import { fitsDevice, isUpgradeableFrom, missingStep, type ImageFacts } from "@fyr/certs";
import { compareVersions, Fault } from "@fyr/protocol";
import type { Reading } from "../ports.ts";
import { versionOf, versionsIn } from "./observe.ts";

/** What S1 says of a device before the first byte: go on, nothing to do, ask again in a moment, or no. */
export type Verdict =
  | { readonly kind: "go"; readonly version: string }
  | { readonly kind: "skip"; readonly fault: Fault; readonly version: string }
  | { readonly kind: "again"; readonly fault: Fault }
  | { readonly kind: "refuse"; readonly fault: Fault };

const refuse = (...of: ConstructorParameters<typeof Fault>): Verdict => ({
  kind: "refuse",
  fault: new Fault(...of),
});
const again = (...of: ConstructorParameters<typeof Fault>): Verdict => ({
  kind: "again",
  fault: new Fault(...of),
});

/** Whether the device at the other end is the one that the order names, and lets us in (S0). */
export function checkIdentity(serial: string, reading: Reading): Verdict | null {
  if (!reading.answers) return again("DEVICE_UNREACHABLE");
  if (reading.serial === null) return again("DEVICE_ANSWER", { reason: "no serial" });
  if (reading.serial !== serial) return again("DEVICE_WRONG", { found: reading.serial });
  if (reading.keyChanged) return refuse("DEVICE_KEY_CHANGED");
  if (reading.needsSetup) return refuse("DEVICE_DEFAULTED");
  if (reading.access === "denied") return refuse("DEVICE_DENIED");
  if (reading.access === "granted") return null;
  return reading.ready === false
    ? again("DEVICE_BUSY", { reason: "starting" })
    : refuse("DEVICE_NO_CREDENTIALS");
}

/** Whether the device is at rest and says one thing. */
function checkRest(reading: Reading): Verdict | null {
  if (reading.busy) return again("DEVICE_BUSY");
  if (reading.ready === false) return again("DEVICE_BUSY", { reason: "starting" });
  if (versionOf(reading) !== null) return null;
  return again("DEVICE_ANSWER", { versions: versionsIn(reading) });
}

function checkVersion(
  image: ImageFacts,
  version: string,
  reading: Reading,
  versionWhenAccepted: string | null,
): Verdict | null {
  const order = compareVersions(version, image.version);
  if (reading.committed === false) return refuse("DEVICE_UNCOMMITTED", { version });
  if (order === 0) return { kind: "skip", fault: new Fault("UPGRADE_AT_TARGET"), version };
  if (order < 0) return null;
  // Newer already when the order came: it asks for a downgrade. Newer since: somebody was faster.
  const wasNewer = versionWhenAccepted !== null && compareVersions(versionWhenAccepted, image.version) > 0;
  if (wasNewer) return refuse("IMAGE_DOWNGRADE", { version, target: image.version });
  return { kind: "skip", fault: new Fault("DEVICE_NEWER", { version }), version };
}

function checkImage(image: ImageFacts, version: string, { model, hardwareId }: Reading): Verdict | null {
  if (model === null || hardwareId === null) return again("DEVICE_ANSWER", { reason: "no model" });
  const fit = fitsDevice(image, { model, hardwareId });
  if (fit === "wrong_model") return refuse("IMAGE_WRONG_MODEL", { model });
  if (fit === "wrong_hardware") return refuse("IMAGE_WRONG_HARDWARE", { hardwareId });
  const step = missingStep(image, version);
  if (step !== null) return refuse("IMAGE_PATH_BLOCKED", { version, first: step });
  return isUpgradeableFrom(image, version) ? null : refuse("IMAGE_PATH_BLOCKED", { version });
}

/** S1: version, trial, rest, model, hardware and path, from one reading and the publishers' word. */
export function precheck(image: ImageFacts, reading: Reading, versionWhenAccepted: string | null): Verdict {
  const restless = checkRest(reading);
  if (restless) return restless;
  const version = versionOf(reading) ?? image.version;
  return (
    checkVersion(image, version, reading, versionWhenAccepted) ??
    checkImage(image, version, reading) ?? { kind: "go", version }
  );
}
