import { Fault, isFault } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import { enter, type ApproachPorts, type Target } from "./approach.ts";
import { LIST_PATH, parseParameters } from "./calls/parameters.ts";
import type { Session } from "./session.ts";

export interface BackupPorts extends ApproachPorts {
  readonly clock: Pick<Clock, "wall">;
}

/** Full parameter lists run to some hundred kilobytes. */
const LIST = { maxBytes: 4 * 1024 * 1024, totalMs: 120_000 } as const;

/** A list with fewer lines is a fault page, not a device's settings. */
const FEWEST_PARAMETERS = 5;

/** What devices offer beside their parameters; not every generation has each. */
const EXTRAS = {
  applications: "/axis-cgi/applications/list.cgi",
  certificates: "/config/rest/cert/v1",
} as const;

/**
 * Saves what a person needs to set a device up again: parameters, the list of applications, the list of certificates.
 * One JSON document; `null` for what the generation does not offer.
 *
 * @throws Fault BACKUP_FAILED when the parameters cannot be had; DEVICE_* when the device cannot be entered at all
 */
export async function backUp(ports: BackupPorts, target: Target, signal: AbortSignal): Promise<Uint8Array> {
  const { meeting, session } = await enter(ports, target, signal);
  const document = {
    format: "fyr-device-backup/1",
    serial: target.serial,
    model: meeting.info?.model ?? null,
    version: meeting.info?.version ?? null,
    at: Math.trunc(ports.clock.wall()),
    parameters: await readParameters(session, target),
    applications: await readExtra(session, EXTRAS.applications),
    certificates: await readExtra(session, EXTRAS.certificates),
  };
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}

async function readParameters(session: Session, { serial }: Target): Promise<string> {
  try {
    const { status, body } = await session.call({ method: "GET", path: LIST_PATH, ...LIST });
    const text = Buffer.from(body).toString("utf8");
    if (status !== 200) throw new Fault("DEVICE_ANSWER", { status });
    if (parseParameters(text).size < FEWEST_PARAMETERS)
      throw new Fault("DEVICE_ANSWER", { reason: "no parameter list" });
    return text;
  } catch (error) {
    if (!isFault(error, "DEVICE_ANSWER", "DEVICE_UNREACHABLE")) throw error;
    throw new Fault("BACKUP_FAILED", { serial, ...error.details }, { cause: error });
  }
}

async function readExtra(session: Session, path: string): Promise<string | null> {
  try {
    const { status, body } = await session.call({ method: "GET", path, ...LIST });
    return status === 200 ? Buffer.from(body).toString("utf8") : null;
  } catch (error) {
    if (isFault(error, "DEVICE_ANSWER", "DEVICE_UNREACHABLE", "DEVICE_DENIED")) return null;
    throw error;
  }
}
