import { Fault } from "@fyr/protocol";
import type { Clock, Logger, Random } from "@fyr/runtime";
import type { Camera } from "../ports.ts";
import { commit, restart, rollBack } from "./acts.ts";
import type { Target } from "./approach.ts";
import { backUp } from "./backup.ts";
import type { Wire } from "./exchange.ts";
import { look } from "./look.ts";
import { meet } from "./meet.ts";
import type { KeyPins } from "./pins.ts";
import type { LoginRefusals } from "./refusals.ts";
import { upload } from "./upload/upload.ts";

export interface CameraPorts {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly pins: KeyPins;
  readonly refusals: LoginRefusals;
}

/**
 * One device of any generation.
 *
 * @param target asked anew at each act: a device may have another address, or another login, than a moment ago
 */
export function createCamera(ports: CameraPorts, target: () => Target): Camera {
  return {
    look: (signal) => look(ports, target(), signal),
    backup: (signal) => backUp(ports, target(), signal),
    upload: (image, options, signal) => upload(ports, target(), image, options, signal),
    commit: (signal) => commit(ports, target(), signal),
    rollBack: (signal) => rollBack(ports, target(), signal),
    restart: (signal) => restart(ports, target(), signal),
    renewPin: (signal) => renewPin(ports, target(), signal),
  };
}

async function renewPin(
  { wire, pins, log }: CameraPorts,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  const { serial, host, ports } = target;
  const meeting = await meet(wire, host, ports, signal);
  if (!meeting) throw new Fault("DEVICE_UNREACHABLE", { serial, address: host });
  if (meeting.serial !== serial) throw new Fault("DEVICE_WRONG", { serial, found: meeting.serial });
  if (meeting.key === null || meeting.key === pins.pinned(serial)) return;
  pins.pin(serial, meeting.key);
  log.info({ serial, fingerprint: meeting.key }, "device key renewed");
}
