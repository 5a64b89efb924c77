import { AxisVersion, Label, type DeviceTrouble } from "@fyr/protocol";
import type { Sighting } from "../discovery/index.ts";
import type { KnownDevice, Reading } from "../ports.ts";
import { knownVersion, type DeviceInfo } from "../vapix/index.ts";

/** What stands where a device has not told its name or version: it wants a login, and gets one from people. */
const UNKNOWN = { model: "Unknown", name: "Unknown", hardwareId: "", version: "0.0" } as const;

type Described = Pick<KnownDevice, "model" | "name" | "hardwareId" | "version">;

/** What is newly known replaces what was; what was not said stays as it is. */
const described = (device: Described, said: Omit<DeviceInfo, "serial">): Described => ({
  model: Label.safeParse(said.model).data ?? device.model,
  name: Label.safeParse(said.name).data ?? device.name,
  hardwareId: said.hardwareId ?? device.hardwareId,
  version: AxisVersion.safeParse(said.version).data ?? device.version,
});

/** Why a device cannot be managed, as one look shows it; null when nothing is in the way. */
export function troubleOf(reading: Reading, hasLogin: boolean): DeviceTrouble | null {
  if (!reading.answers) return "unreachable";
  if (reading.keyChanged) return "key_changed";
  if (reading.needsSetup) return "factory_default";
  if (reading.access === "denied") return "credentials_refused";
  return hasLogin ? null : "credentials_missing";
}

/** Another device answers in this one's place. */
export const isStranger = (device: KnownDevice, { serial }: Reading): boolean =>
  serial !== null && serial !== device.serial;

/** The device after a look at it. */
export function noted(device: KnownDevice, reading: Reading, hasLogin: boolean, now: number): KnownDevice {
  if (!reading.answers || isStranger(device, reading)) return { ...device, trouble: "unreachable" };
  // What an unproved key says of itself changes nothing that we know.
  const facts = reading.keyChanged
    ? device
    : described(device, { ...reading, version: knownVersion(reading) });
  const { scheme = null } = reading;
  const trouble = troubleOf(reading, hasLogin);
  return { ...device, ...facts, scheme: scheme ?? device.scheme, trouble, seenAt: now };
}

/**
 * The device at the place where it was met.
 *
 * @param proved whether the key that it showed is the pinned one; null when none is pinned. What another one says of
 * the device changes nothing that we know.
 */
export function placed(
  before: KnownDevice | undefined,
  sighting: Sighting,
  proved: boolean | null,
  now: number,
): KnownDevice {
  const { serial, host, ports, scheme, info } = sighting;
  const trouble = before?.trouble ?? null;
  const known = before ?? UNKNOWN;
  const { model, name, hardwareId, version } = info && proved !== false ? described(known, info) : known;
  return { serial, host, ports, scheme, model, name, hardwareId, version, trouble, seenAt: now };
}
