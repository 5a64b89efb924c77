import { Fault, type Serial } from "@fyr/protocol";
import type { Random } from "@fyr/runtime";
import type { Login } from "../vault/login.ts";
import { exchange, wireRequest, type Caller, type DeviceCall, type Peer } from "./caller.ts";
import { createAuthenticator } from "./digest/authenticator.ts";
import type { Challenge } from "./digest/challenge.ts";
import { addressOf } from "./endpoint.ts";
import type { Wire, WireAnswer } from "./exchange.ts";
import { asksForSetup, challengesOf } from "./meet.ts";
import type { LoginRefusals } from "./refusals.ts";

/** A login to one device whose identity was checked. */
export interface Session extends Caller {
  readonly peer: Peer;
  /** The `Authorization` for one more request, made without asking the device again. */
  authorization(method: string, path: string): string | undefined;
  /** The device refused this login: it rests from now on. */
  refused(): Fault;
}

export interface SessionPorts {
  readonly wire: Wire;
  readonly random: Random;
  readonly refusals: LoginRefusals;
}

export interface SessionWith {
  readonly serial: Serial;
  readonly peer: Peer;
  readonly login: Login;
  readonly challenges: readonly Challenge[];
}

/**
 * Logs in call by call. Each login is tried once: a second 401 is believed, unless the device says that only the nonce
 * was too old.
 */
export function openSession(ports: SessionPorts, met: SessionWith, signal: AbortSignal): Session {
  const { wire, random, refusals } = ports;
  const { serial, peer, login } = met;
  const authenticator = createAuthenticator(login, { random, basic: peer.endpoint.scheme === "https" });
  authenticator.take(met.challenges);

  const refused = (): Fault => {
    refusals.refused(serial, login);
    return new Fault("DEVICE_DENIED", { serial, address: addressOf(peer.endpoint) });
  };

  const send = async (request: DeviceCall, authorization: string | undefined): Promise<WireAnswer> => {
    const wired = wireRequest(peer, request, signal);
    const headers = authorization === undefined ? wired.headers : { ...wired.headers, authorization };
    const answer = await exchange(wire, peer, { ...wired, headers });
    authenticator.nextNonce(answer.headers["authentication-info"] ?? []);
    return answer;
  };

  /** What to try after a 401; a device that offers no way we may take has judged nothing. */
  const nextTry = (answer: WireAnswer, tried: boolean, request: DeviceCall): string => {
    if (asksForSetup(answer)) throw new Fault("DEVICE_DEFAULTED", { serial });
    const taken = authenticator.take(challengesOf(answer));
    const header = taken === "none" ? undefined : authenticator.header(request.method, request.path);
    if (header === undefined)
      throw new Fault("DEVICE_DENIED", { serial, reason: "no safe login is offered" });
    if (tried && taken !== "stale") throw refused();
    return header;
  };

  return {
    peer,
    refused,
    authorization: (method, path) => authenticator.header(method, path),
    async call(request) {
      let authorization = authenticator.header(request.method, request.path);
      let answer = await send(request, authorization);
      for (let again = 0; answer.status === 401 && again < MOST_AGAIN; again++) {
        authorization = nextTry(answer, authorization !== undefined, request);
        answer = await send(request, authorization);
      }
      if (answer.status === 401 || answer.status === 403) throw refused();
      if (answer.status === 200) refusals.accepted(serial);
      return answer;
    },
  };
}

/** Once to learn how to log in, once because a nonce aged. */
const MOST_AGAIN = 2;
