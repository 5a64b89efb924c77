import { Fault, isFault } from "@fyr/protocol";

/** The caller took the request back: nothing is said about the device. */
const takenBack = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/**
 * What an exchange that broke says about the device, as a Fault; errors that are no device's doing come back unchanged.
 *
 * @param address where the device was spoken to, for people who read the fault
 */
export function deviceFault(error: unknown, address: string, signal?: AbortSignal): unknown {
  if (takenBack(signal)) return signal?.reason ?? error;
  if (isFault(error, "PEER_SILENT")) return unreachable(address, "PEER_SILENT", error);
  if (isFault(error, "RESPONSE_TOO_LARGE")) return unreadable(address, "too large", error);
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== "string" || isFault(error)) return error;
  return isUnreadable(code) ? unreadable(address, code, error) : unreachable(address, code, error);
}

/** Node's parser refused the answer, or our answer to what the device sent would be no valid header. */
const isUnreadable = (code: string): boolean => code.startsWith("HPE_") || code === "ERR_INVALID_CHAR";

const unreachable = (address: string, reason: string, cause: unknown) =>
  new Fault("DEVICE_UNREACHABLE", { address, reason }, { cause });

const unreadable = (address: string, reason: string, cause: unknown) =>
  new Fault("DEVICE_ANSWER", { address, reason }, { cause });
