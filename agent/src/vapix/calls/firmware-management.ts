import { Fault } from "@fyr/protocol";
import { z } from "zod";
import type { Caller } from "../caller.ts";
import { versionFrom } from "./facts.ts";
import { readEnvelope, type JsonAnswer } from "./json.ts";

/** @see VAPIX Firmware management API, from AXIS OS 7.40 */
export const FIRMWARE_PATH = "/axis-cgi/firmwaremanagement.cgi";

/** Another firmware request is under way. */
export const BUSY = 423;

const Status = z.object({
  activeFirmwareVersion: z.string(),
  inactiveFirmwareVersion: z.string().optional(),
  /** One t on the wire (vapix.md 8, trap 2); some write two. */
  isCommited: z.boolean().optional(),
  isCommitted: z.boolean().optional(),
});

export interface FirmwareStatus {
  readonly version: string | undefined;
  readonly inactiveVersion: string | null;
  /** Null when the device shows no flag: there is only one image. */
  readonly committed: boolean | null;
  readonly busy: boolean;
}

const BUSY_STATUS: FirmwareStatus = {
  version: undefined,
  inactiveVersion: null,
  committed: null,
  busy: true,
};

async function ask<S extends z.ZodType>(
  caller: Caller,
  method: string,
  data: S,
): Promise<JsonAnswer<z.infer<S>>> {
  const body = JSON.stringify({ apiVersion: "1.0", method });
  const answer = await caller.call({ method: "POST", path: FIRMWARE_PATH, body });
  if (answer.status === BUSY) return { ok: false, refusal: { code: BUSY, message: "" } };
  return readEnvelope(answer, data);
}

/** @throws Fault DEVICE_ANSWER, with the HTTP status where the device has no such call */
export async function readFirmwareStatus(caller: Caller): Promise<FirmwareStatus> {
  const result = await ask(caller, "status", Status);
  if (!result.ok) {
    if (result.refusal.code === BUSY) return BUSY_STATUS;
    throw new Fault("DEVICE_ANSWER", { method: "status", code: result.refusal.code });
  }
  const said = result.data;
  return {
    version: versionFrom(said.activeFirmwareVersion),
    inactiveVersion: versionFrom(said.inactiveFirmwareVersion) ?? null,
    committed: said.isCommited ?? said.isCommitted ?? null,
    busy: false,
  };
}

/** Asks for an act that takes no parameters; what the device refuses comes back as its own code. */
export const askFirmware = (
  caller: Caller,
  method: "commit" | "rollback" | "reboot",
): Promise<JsonAnswer<unknown>> => ask(caller, method, z.unknown());
