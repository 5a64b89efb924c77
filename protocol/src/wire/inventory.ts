import { z } from "zod";
import { Serial } from "../ids.ts";
import { AxisVersion, Label, Timestamp } from "../scalars.ts";

/** Why a device that is there cannot be managed at the moment. */
export const DeviceTrouble = z.enum([
  "credentials_missing",
  "credentials_refused",
  "key_changed",
  "unreachable",
  "factory_default",
]);
export type DeviceTrouble = z.infer<typeof DeviceTrouble>;

/** One device as the agent knows it. The serial is its identity; address and name are attributes. */
export const DeviceReport = z
  .strictObject({
    serial: Serial,
    /** ProdNbr, e.g. `P3265-V`; one model may exist with several hardware ids. */
    model: Label,
    /** ProdFullName. */
    name: Label,
    hardwareId: z.string().max(40),
    version: AxisVersion,
    /** `host:port` inside the site. */
    address: z.string().min(1).max(80),
    scheme: z.enum(["http", "https"]),
    trouble: DeviceTrouble.nullable(),
    /** The agent's wall clock when the device last answered. */
    seenAt: Timestamp,
  })
  .meta({ id: "DeviceReport" });
export type DeviceReport = z.infer<typeof DeviceReport>;

/**
 * What changed since the inventory that the hub acknowledged last. `hash` names the whole inventory after the change;
 * when it differs from what the hub holds, the hub asks for everything (`wantInventory`).
 */
export const InventoryDelta = z
  .strictObject({
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    /** True when `devices` is everything there is. */
    whole: z.boolean(),
    devices: z.array(DeviceReport).max(500),
    gone: z.array(Serial).max(500),
  })
  .meta({ id: "InventoryDelta" });
export type InventoryDelta = z.infer<typeof InventoryDelta>;
