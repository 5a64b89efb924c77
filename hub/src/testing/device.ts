import { createHash } from "node:crypto";
import { AxisVersion, canonicalJson, Serial, type DeviceReport } from "@fyr/protocol";

/** A camera as an agent reports it. */
export const deviceReport = (facts: Partial<DeviceReport> = {}): DeviceReport => ({
  serial: Serial.parse("ACCC8E000001"),
  model: "P3265-V",
  name: "AXIS P3265-V Dome Camera",
  hardwareId: "7A1",
  version: AxisVersion.parse("11.11.85"),
  address: "10.0.0.1:443",
  scheme: "https",
  trouble: null,
  seenAt: 0,
  ...facts,
});

/** The n-th of many serials. */
export const serialOf = (n: number): Serial =>
  Serial.parse(`ACCC8E${n.toString(16).toUpperCase().padStart(6, "0")}`);

export const inventoryHash = (devices: readonly DeviceReport[]): string =>
  createHash("sha256").update(canonicalJson(devices)).digest("hex");
