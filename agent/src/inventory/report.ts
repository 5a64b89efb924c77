import { createHash } from "node:crypto";
import type { DeviceReport, InventoryDelta, Serial } from "@fyr/protocol";
import type { KnownDevice } from "../ports.ts";

/** What the hub is told of a device. */
export const reportOf = ({ ports, host, scheme, ...device }: KnownDevice): DeviceReport => ({
  serial: device.serial,
  model: device.model,
  name: device.name,
  hardwareId: device.hardwareId,
  version: device.version,
  address: `${host}:${ports[scheme] ?? ports.https ?? ports.http ?? 0}`,
  scheme,
  trouble: device.trouble,
  seenAt: device.seenAt,
});

const HASH_LENGTH = 64;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Which report of each device somebody has, by the report's hash. */
export type Holding = ReadonlyMap<Serial, string>;

/** Names a whole inventory: the same devices with the same reports give the same hash, in whatever order. */
export function holdingHash(holding: Holding): string {
  const lines = [...holding].map(([serial, hash]) => `${serial} ${hash}\n`).sort();
  return sha256(lines.join(""));
}

/** The field order of `reportOf` is fixed, so its JSON is canonical. */
export const reportHash = (report: DeviceReport): string =>
  sha256(JSON.stringify(report)).slice(0, HASH_LENGTH / 2);

/** Devices in one delta (protocol `InventoryDelta`). */
export const DELTA_DEVICES = 500;

/** A step from what the hub holds to what there is; `holding` is what it will hold then. */
export interface Step {
  readonly delta: InventoryDelta;
  readonly holding: Holding;
}

/**
 * The next step towards `reports`; undefined when there is nothing to tell.
 *
 * @param held what the hub holds; null when it is to be told everything from the beginning
 */
export function nextStep(reports: ReadonlyMap<Serial, DeviceReport>, held: Holding | null): Step | undefined {
  const holding = new Map(held);
  const devices: DeviceReport[] = [];
  for (const [serial, report] of reports) {
    const hash = reportHash(report);
    if (holding.get(serial) === hash || devices.length === DELTA_DEVICES) continue;
    holding.set(serial, hash);
    devices.push(report);
  }
  const gone = [...holding.keys()].filter((serial) => !reports.has(serial)).slice(0, DELTA_DEVICES);
  for (const serial of gone) holding.delete(serial);
  if (held && devices.length === 0 && gone.length === 0) return undefined;
  return { delta: { hash: holdingHash(holding), whole: held === null, devices, gone }, holding };
}
