import { Fault, isFault, type FaultCode } from "@fyr/protocol";
import { enter, type ApproachPorts, type Target } from "./approach.ts";
import { askFirmware, BUSY } from "./calls/firmware-management.ts";
import type { Session } from "./session.ts";

/** Makes the running image permanent; nothing happens when it is so already, or on generations without trial. */
export const commit = (ports: ApproachPorts, target: Target, signal: AbortSignal): Promise<void> =>
  act(ports, target, signal, "commit", "COMMIT_FAILED");

/** Goes back to the old image and its settings; the device restarts. */
export const rollBack = (ports: ApproachPorts, target: Target, signal: AbortSignal): Promise<void> =>
  act(ports, target, signal, "rollback", "ROLLBACK_FAILED");

export const restart = (ports: ApproachPorts, target: Target, signal: AbortSignal): Promise<void> =>
  act(ports, target, signal, "reboot", "DEVICE_REJECTED");

type Method = Parameters<typeof askFirmware>[1];

async function act(
  ports: ApproachPorts,
  target: Target,
  signal: AbortSignal,
  method: Method,
  failure: FaultCode,
): Promise<void> {
  const { session } = await enter(ports, target, signal);
  try {
    const result = await askFirmware(session, method);
    if (result.ok) return;
    const { code, message } = result.refusal;
    throw new Fault(code === BUSY ? "DEVICE_BUSY" : failure, { serial: target.serial, code, message });
  } catch (error) {
    if (isFault(error, "DEVICE_ANSWER") && NO_SUCH_CALL.has(error.details.status)) {
      return actOfOld(session, target, method);
    }
    if (method === "reboot" && brokeOff(error)) return;
    throw error;
  }
}

const NO_SUCH_CALL = new Set<unknown>([404, 501]);

/** Before AXIS OS 7.40 there is nothing to commit, nothing to go back to, and a restart of its own. */
async function actOfOld(session: Session, { serial }: Target, method: Method): Promise<void> {
  if (method === "commit") return;
  if (method === "rollback") throw new Fault("ROLLBACK_FAILED", { serial, reason: "generation" });
  try {
    const { status } = await session.call({ method: "GET", path: "/axis-cgi/restart.cgi" });
    if (status !== 200) throw new Fault("DEVICE_REJECTED", { serial, status });
  } catch (error) {
    if (!brokeOff(error)) throw error;
  }
}

/** A device that restarts may drop the connection instead of answering. */
const brokeOff = (error: unknown): boolean =>
  isFault(error, "DEVICE_UNREACHABLE") && BREAKS.has(error.details.reason);

const BREAKS = new Set<unknown>(["ECONNRESET", "EPIPE"]);
