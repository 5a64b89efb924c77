import { Fault, type Serial } from "@fyr/protocol";
import type { Logger } from "@fyr/runtime";
import type { Login } from "../vault/login.ts";
import { addressOf, type Ports } from "./endpoint.ts";
import { meet, peerOf, type Meeting } from "./meet.ts";
import type { KeyPins } from "./pins.ts";
import { openSession, type Session, type SessionPorts } from "./session.ts";

export interface ApproachPorts extends SessionPorts {
  readonly pins: KeyPins;
  readonly log: Logger;
}

/** The device that we mean: its serial, and where it was met last. */
export interface Target {
  readonly serial: Serial;
  readonly host: string;
  readonly ports: Ports;
  readonly login: Login | null;
}

/** Why nothing was said to a device that needs a login. */
export type Reserve =
  | "wrongDevice"
  | "keyChanged"
  /** Its key is known, and it does not prove one now: no TLS. */
  | "keyHidden"
  | "needsSetup"
  | "noLogin"
  | "refusedBefore";

/** A device that answered, and the session with it, unless something speaks against one. */
export interface Approach {
  readonly meeting: Meeting;
  readonly session: Session | null;
  readonly reserve: Reserve | null;
}

/**
 * Meets a device and decides whether it may be told a password (security.md B3-S1). Its first TLS key is taken when the
 * device names the serial that we expect; from then on only that key will do, and no password travels in clear any more.
 *
 * @returns null when nothing answers
 */
export async function approach(
  ports: ApproachPorts,
  target: Target,
  signal: AbortSignal,
): Promise<Approach | null> {
  const meeting = await meet(ports.wire, target.host, target.ports, signal);
  if (!meeting) return null;
  const reserve = judge(ports, target, meeting);
  if (reserve !== null || target.login === null) return { meeting, session: null, reserve };
  takeKey(ports, target.serial, meeting);
  const { serial, login } = target;
  const session = openSession(
    ports,
    { serial, login, peer: peerOf(meeting), challenges: meeting.challenges },
    signal,
  );
  return { meeting, session, reserve };
}

function judge({ pins, refusals }: ApproachPorts, target: Target, meeting: Meeting): Reserve | null {
  const pinned = pins.pinned(target.serial);
  if (meeting.serial !== target.serial) return "wrongDevice";
  if (pinned !== null && meeting.key === null) return "keyHidden";
  if (pinned !== null && meeting.key !== pinned) return "keyChanged";
  if (meeting.needsSetup) return "needsSetup";
  if (target.login === null) return "noLogin";
  return refusals.resting(target.serial, target.login) ? "refusedBefore" : null;
}

function takeKey({ pins, log }: ApproachPorts, serial: Serial, { endpoint, key }: Meeting): void {
  if (key === null) {
    log.warn({ serial, address: addressOf(endpoint) }, "device offers no usable TLS, logging in by digest");
  } else if (pins.pinned(serial) === null) {
    pins.pin(serial, key);
    log.info({ serial, fingerprint: key }, "device key pinned on first use");
  }
}

/** As `approach`, for acts that cannot do without a login. */
export async function enter(ports: ApproachPorts, target: Target, signal: AbortSignal) {
  const found = await approach(ports, target, signal);
  const place = { serial: target.serial, address: target.host };
  if (!found) throw new Fault("DEVICE_UNREACHABLE", place);
  const { meeting, session, reserve } = found;
  if (session) return { meeting, session };
  throw new Fault(FAULT_OF[reserve ?? "noLogin"], { ...place, found: meeting.serial });
}

const FAULT_OF = {
  wrongDevice: "DEVICE_WRONG",
  keyChanged: "DEVICE_KEY_CHANGED",
  keyHidden: "DEVICE_UNREACHABLE",
  needsSetup: "DEVICE_DEFAULTED",
  noLogin: "DEVICE_NO_CREDENTIALS",
  refusedBefore: "DEVICE_DENIED",
} as const satisfies Record<Reserve, string>;
