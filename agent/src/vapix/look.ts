import { isFault, offers, type Serial } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { Reading } from "../ports.ts";
import { silence } from "../reading.ts";
import { approach, type Approach, type ApproachPorts, type Target } from "./approach.ts";
import { anonymousCaller } from "./caller.ts";
import { readDeviceInfo, type DeviceInfo } from "./calls/device-info.ts";
import { readFirmwareStatus } from "./calls/firmware-management.ts";
import { readIdentityParameters } from "./calls/parameters.ts";
import { readReadiness } from "./calls/system-ready.ts";
import { peerOf } from "./meet.ts";
import type { Session } from "./session.ts";

export interface LookPorts extends ApproachPorts {
  readonly clock: Pick<Clock, "mono">;
}

type Draft = { -readonly [K in keyof Reading]: Reading[K] };

/** Asks a device everything that its generation can tell, in as few calls as that takes (vapix.md 1 and 2). */
export async function look(ports: LookPorts, target: Target, signal: AbortSignal): Promise<Reading> {
  const reading: Draft = silence(ports.clock.mono());
  const found = await unlessOff(approach(ports, target, signal), reading);
  if (!found) return reading;
  introduceInto(reading, found);
  await readinessInto(reading, ports, found, signal);
  if (found.session && !reading.needsSetup) await loginInto(reading, found.session, target.serial);
  if (reading.ready === null) await readinessInto(reading, ports, found, signal);
  return reading;
}

/** Runs one part of the look; what a device may do ends in the reading, not in an error. */
async function unlessOff<T>(work: Promise<T>, reading: Draft): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error, "DEVICE_DENIED")) reading.access = "denied";
    else if (isFault(error, "DEVICE_KEY_CHANGED")) reading.keyChanged = true;
    else if (isFault(error, "DEVICE_DEFAULTED")) reading.needsSetup = true;
    else if (!isFault(error, "DEVICE_ANSWER", "DEVICE_UNREACHABLE", "ADDRESS_REFUSED")) throw error;
    return null;
  }
}

function introduceInto(reading: Draft, { meeting, reserve }: Approach): void {
  reading.answers = true;
  reading.scheme = meeting.endpoint.scheme;
  reading.serial = meeting.serial;
  reading.needsSetup = meeting.needsSetup;
  reading.keyChanged = reserve === "keyChanged";
  if (reserve === "refusedBefore") reading.access = "denied";
  if (meeting.info) identityInto(reading, meeting.info, null);
  setVersion(reading, "anonymousInfo", meeting.info?.version);
}

async function readinessInto(
  reading: Draft,
  { wire }: LookPorts,
  { meeting }: Approach,
  signal: AbortSignal,
): Promise<void> {
  const version = knownVersion(reading);
  if (version === undefined || !offers(version, "ready")) return;
  const said = await unlessOff(readReadiness(anonymousCaller(wire, peerOf(meeting), signal)), reading);
  if (!said) return;
  reading.ready = said.ready;
  reading.needsSetup ||= said.needsSetup;
  reading.bootId = said.bootId;
  reading.uptimeS = said.uptimeS;
}

async function loginInto(reading: Draft, session: Session, expected: Serial): Promise<void> {
  await firmwareInto(reading, session);
  if (reading.access === "denied") return;
  const version = knownVersion(reading);
  const parameters = version === undefined || !offers(version, "deviceInfo");
  const info = await unlessOff((parameters ? readIdentityParameters : readDeviceInfo)(session), reading);
  if (!info) return;
  reading.access = "granted";
  identityInto(reading, info, expected);
  setVersion(reading, parameters ? "parameters" : "deviceInfo", info.version);
}

async function firmwareInto(reading: Draft, session: Session): Promise<void> {
  const version = knownVersion(reading);
  if (version !== undefined && !offers(version, "firmwareManagement")) return;
  const status = await unlessOff(readFirmwareStatus(session), reading);
  if (!status) return;
  reading.access = "granted";
  reading.busy = status.busy;
  reading.committed = status.committed;
  reading.inactiveVersion = status.inactiveVersion;
  setVersion(reading, "firmwareManagement", status.version);
}

/** What was said first stays, except that a serial other than the expected one is what must be seen. */
function identityInto(reading: Draft, info: DeviceInfo, expected: Serial | null): void {
  if (info.serial !== null && info.serial !== expected) reading.serial = info.serial;
  reading.serial ??= info.serial;
  reading.model ??= info.model;
  reading.name ??= info.name;
  reading.hardwareId ??= info.hardwareId;
}

function setVersion(reading: Draft, source: keyof Reading["versions"], version: string | undefined): void {
  if (version !== undefined) reading.versions = { ...reading.versions, [source]: version };
}

/** The version by the best source of those that answered. */
export const knownVersion = ({ versions }: Pick<Reading, "versions">): string | undefined =>
  versions.firmwareManagement ?? versions.deviceInfo ?? versions.anonymousInfo ?? versions.parameters;
