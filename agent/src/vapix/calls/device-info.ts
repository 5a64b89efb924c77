import { Fault, type Serial } from "@fyr/protocol";
import { z } from "zod";
import type { Caller } from "../caller.ts";
import { labelFrom, serialFrom, versionFrom } from "./facts.ts";
import { readEnvelope } from "./json.ts";

const PATH = "/axis-cgi/basicdeviceinfo.cgi";

const PropertyList = z.object({
  propertyList: z.object({
    SerialNumber: z.string().optional(),
    Version: z.string().optional(),
    ProdNbr: z.string().optional(),
    ProdFullName: z.string().optional(),
    HardwareID: z.string().optional(),
  }),
});

/** Who a device says it is; null where it does not say so in a form that can be true. */
export interface DeviceInfo {
  readonly serial: Serial | null;
  readonly version: string | undefined;
  /** ProdNbr. */
  readonly model: string | null;
  /** ProdFullName. */
  readonly name: string | null;
  readonly hardwareId: string | null;
}

const ask = (method: string) => JSON.stringify({ apiVersion: "1.0", method });

/**
 * Identity without a login.
 *
 * @throws Fault DEVICE_ANSWER where the device has no such call (before 9.10) or keeps it shut (from about 12.0)
 * @see VAPIX Basic device information, `getAllUnrestrictedProperties`
 */
export const readAnonymousInfo = (caller: Caller): Promise<DeviceInfo> =>
  readInfo(caller, "getAllUnrestrictedProperties");

/** The same with a login (operator), from AXIS OS 8.40. */
export const readDeviceInfo = (caller: Caller): Promise<DeviceInfo> => readInfo(caller, "getAllProperties");

async function readInfo(caller: Caller, method: string): Promise<DeviceInfo> {
  const answer = await caller.call({ method: "POST", path: PATH, body: ask(method) });
  const result = readEnvelope(answer, PropertyList);
  if (!result.ok) throw new Fault("DEVICE_ANSWER", { method, code: result.refusal.code });
  const said = result.data.propertyList;
  return {
    serial: serialFrom(said.SerialNumber),
    version: versionFrom(said.Version),
    model: labelFrom(said.ProdNbr),
    name: labelFrom(said.ProdFullName),
    hardwareId: labelFrom(said.HardwareID, 40),
  };
}
