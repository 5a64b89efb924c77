import { Fault, isFault, type Serial } from "@fyr/protocol";
import { z } from "zod";
import type { UploadAnswer, UploadOptions } from "../../ports.ts";
import { BUSY, FIRMWARE_PATH, readFirmwareStatus } from "../calls/firmware-management.ts";
import { labelFrom, versionFrom } from "../calls/facts.ts";
import { readEnvelope } from "../calls/json.ts";
import { readIdentityParameters } from "../calls/parameters.ts";
import type { WireAnswer } from "../exchange.ts";
import type { Session } from "../session.ts";
import { frame, type Frame } from "./multipart.ts";

/** How one generation takes an image. */
export interface Door {
  readonly path: string;
  frame(boundary: string, options: UploadOptions): Frame;
  /** Reads the answer to a whole body, HTTP status 200. */
  read(answer: WireAnswer): UploadAnswer;
}

/**
 * Finds out how the device takes images and logs in on the way, cheaply: so that the image itself is sent once.
 *
 * @throws Fault DEVICE_DENIED, DEVICE_WRONG, DEVICE_UNREACHABLE, DEVICE_ANSWER
 */
export async function chooseDoor(session: Session, serial: Serial): Promise<Door | "busy"> {
  try {
    const { busy } = await readFirmwareStatus(session);
    return busy ? "busy" : modernDoor;
  } catch (error) {
    if (!isFault(error, "DEVICE_ANSWER") || !NO_SUCH_CALL.has(error.details.status)) throw error;
  }
  const info = await readIdentityParameters(session);
  if (info.serial !== serial) throw new Fault("DEVICE_WRONG", { serial, found: info.serial });
  return legacyDoor;
}

const NO_SUCH_CALL = new Set<unknown>([404, 501]);

const Upgraded = z.object({ firmwareVersion: z.string().optional() });

/** `firmwaremanagement.cgi`, from AXIS OS 7.40: the new image runs on trial until it is committed. */
const modernDoor: Door = {
  path: FIRMWARE_PATH,
  frame(boundary, { autoRollbackMinutes, runKey }) {
    const params = { autoCommit: "never", autoRollback: String(autoRollbackMinutes) };
    return frame(boundary, JSON.stringify({ apiVersion: "1.0", context: runKey, method: "upgrade", params }));
  },
  read(answer) {
    const result = readEnvelope(answer, Upgraded);
    if (result.ok) return { kind: "accepted", version: versionFrom(result.data.firmwareVersion) ?? null };
    const { code, message } = result.refusal;
    if (code === BUSY) return { kind: "busy" };
    // An internal error says nothing about what became of the image (security.md F-45).
    if (code === INTERNAL) return { kind: "unknown", reason: "internal error" };
    return { kind: "refused", code, message };
  },
};

const INTERNAL = 500;

/** `firmwareupgrade.cgi`, before 7.40: answers in prose, or not at all, and restarts by itself (vapix.md 1.10). */
const legacyDoor: Door = {
  path: "/axis-cgi/firmwareupgrade.cgi?type=normal",
  frame: (boundary) => frame(boundary),
  read({ body }) {
    const text = Buffer.from(body)
      .toString("utf8")
      .replace(/<[^>]*>/g, " ");
    if (!/error|fail/i.test(text)) return { kind: "accepted", version: null };
    return { kind: "refused", code: 0, message: labelFrom(text.replace(/\s+/g, " "), 300) ?? "" };
  },
};
