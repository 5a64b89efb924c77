import { isFault, type Serial } from "@fyr/protocol";
import { anonymousCaller, type Caller, type Peer } from "./caller.ts";
import { readAnonymousInfo, type DeviceInfo } from "./calls/device-info.ts";
import { serialFrom } from "./calls/facts.ts";
import { infoFrom, LIST_PATH, parseParameters } from "./calls/parameters.ts";
import { parseChallenges, type Challenge } from "./digest/challenge.ts";
import type { Endpoint, Ports } from "./endpoint.ts";
import type { Wire, WireAnswer } from "./exchange.ts";

/** What a device tells anybody who asks. */
export interface Meeting {
  readonly endpoint: Endpoint;
  /** The TLS key that it proved; null over plain HTTP. */
  readonly key: string | null;
  readonly serial: Serial | null;
  /** Null when it only named itself in its challenge, as the old ones do. */
  readonly info: DeviceInfo | null;
  /** How it wants to be logged in to, when it said so on the way. */
  readonly challenges: readonly Challenge[];
  /** No account exists yet. */
  readonly needsSetup: boolean;
}

/**
 * Meets whatever listens at a place, without a login: TLS first, since AXIS OS 13 knows nothing else, plain HTTP where
 * no TLS comes about, since 5.51 speaks one that is long out of use.
 *
 * @returns null when nothing answers
 */
export async function meet(
  wire: Wire,
  host: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<Meeting | null> {
  for (const scheme of ["https", "http"] as const) {
    const port = ports[scheme];
    if (port === null) continue;
    const met = await tryDoor(wire, { scheme, host, port }, signal);
    if (met !== "noConnection") return met;
  }
  return null;
}

async function tryDoor(
  wire: Wire,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Meeting | null | "noConnection"> {
  try {
    return await introduce(wire, endpoint, signal);
  } catch (error) {
    if (!isFault(error, "DEVICE_UNREACHABLE")) throw error;
    // A device that took the connection and says nothing is there: it is not asked again in clear.
    return error.details.reason === "PEER_SILENT" ? null : "noConnection";
  }
}

async function introduce(wire: Wire, endpoint: Endpoint, signal: AbortSignal): Promise<Meeting> {
  const seen: WireAnswer[] = [];
  /** The first answer may come from any key; what is asked after it, of that key alone. */
  const key = () => seen[0]?.peerKey ?? null;
  const caller = () => noting(anonymousCaller(wire, { endpoint, key: key() }, signal), seen);
  const info = (await unlessUnreadable(readAnonymousInfo(caller()))) ?? (await fromParameters(caller()));
  const challenges = seen.flatMap((answer) => challengesOf(answer));
  return {
    endpoint,
    key: key(),
    serial: info?.serial ?? serialInRealm(challenges),
    info,
    challenges,
    needsSetup: seen.some(asksForSetup),
  };
}

/** Keeps every answer: a refusal tells how to log in and, in its realm, who the device is. */
const noting = (caller: Caller, seen: WireAnswer[]): Caller => ({
  async call(request) {
    const answer = await caller.call(request);
    seen.push(answer);
    return answer;
  },
});

/** A call that most devices keep shut: the very old ones list their parameters to anybody before they are set up. */
async function fromParameters(caller: Caller): Promise<DeviceInfo | null> {
  const path = `${LIST_PATH}&group=root.Properties.System`;
  const answer = await unlessUnreadable(caller.call({ method: "GET", path }));
  if (answer?.status !== 200) return null;
  const info = infoFrom(parseParameters(Buffer.from(answer.body).toString("utf8")));
  return info.serial === null ? null : info;
}

async function unlessUnreadable<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error, "DEVICE_ANSWER")) return null;
    throw error;
  }
}

export const challengesOf = ({ status, headers }: WireAnswer): Challenge[] =>
  status === 401 ? parseChallenges(headers["www-authenticate"] ?? []) : [];

/** `AXIS_ACCC8E012345`: the realm holds the serial (vapix.md 3.1). */
function serialInRealm(challenges: readonly Challenge[]): Serial | null {
  for (const { parameters } of challenges) {
    const serial = serialFrom(/^AXIS_([0-9A-F]{12})$/i.exec(parameters.get("realm") ?? "")?.[1]);
    if (serial !== null) return serial;
  }
  return null;
}

/** The 401 of a device that has no account yet (vapix.md 2.6). */
export const asksForSetup = ({ status, headers, body }: WireAnswer): boolean =>
  status === 401 &&
  (headers["axis-setup"] !== undefined ||
    Buffer.from(body).includes("initial admin user must be created first"));

export const peerOf = ({ endpoint, key }: Meeting): Peer => ({ endpoint, key });
