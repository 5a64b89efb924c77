import type { Serial } from "@fyr/protocol";
import { meet, type DeviceInfo, type Ports, type Scheme, type Wire } from "../vapix/index.ts";
import type { Candidate } from "./address-policy.ts";

/** A device as it showed itself to a passer-by. */
export interface Sighting {
  readonly serial: Serial;
  readonly host: string;
  readonly ports: Ports;
  readonly scheme: Scheme;
  /** The TLS key that it proved; null over plain HTTP. */
  readonly key: string | null;
  /** Null when it told its serial and nothing else. */
  readonly info: DeviceInfo | null;
  readonly group: string | null;
}

/** Whether something takes a TCP connection. */
export type Knock = (host: string, port: number, waitMs: number, signal: AbortSignal) => Promise<boolean>;

export interface SightingPorts {
  readonly wire: Wire;
  readonly knock: Knock;
}

const KNOCK_MS = 800;

/** Looks whether a device answers at an address; null when none of ours does. */
export async function sight(
  { wire, knock }: SightingPorts,
  { host, ports, group }: Candidate,
  signal: AbortSignal,
): Promise<Sighting | null> {
  const opens = async (port: number | null) => port !== null && (await knock(host, port, KNOCK_MS, signal));
  const [https, http] = await Promise.all([opens(ports.https), opens(ports.http)]);
  if (!https && !http) return null;
  const meeting = await meet(wire, host, ports, signal);
  if (!meeting || meeting.serial === null) return null;
  const { serial, endpoint, key, info } = meeting;
  return { serial, host, ports, scheme: endpoint.scheme, key, info, group };
}
