import { Agent, request as send } from "node:https";
import { Fault, isFault } from "@fyr/protocol";
import type { HubAddress, HubWire, WireAnswer, WireRequest } from "../wire.ts";
import { answerTo, headersOf } from "./exchange.ts";
import { hostOf, hubTls, portOf } from "./tls.ts";

/** One connection for syncs and one for images, so that a large download holds up no report. */
const CONNECTIONS = 2;
/** Often enough for routers that forget idle connections, rarely enough for a metered line. */
const KEEP_ALIVE_MS = 60_000;

/**
 * The real wire: node:https over kept connections, no session ever resumed.
 *
 * @throws Fault `HUB_UNTRUSTED` for an address without TLS
 */
export function openHubWire({ url, rootPem, credentials }: HubAddress): HubWire {
  const base = new URL(url);
  if (base.protocol !== "https:")
    throw new Fault("HUB_UNTRUSTED", { reason: "the address must begin with https:" });
  // Node keeps no connection for the next request when a request brings its own check of the server's name.
  const agent = new Agent({
    ...hubTls(base, rootPem, credentials),
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets: CONNECTIONS,
    maxCachedSessions: 0,
  });
  const once = (request: WireRequest) => {
    const { method, path } = request;
    const headers = headersOf(request);
    const sent = send({ agent, host: hostOf(base), port: portOf(base, 443), method, path, headers });
    let isAnswered = false;
    sent.once("response", () => (isAnswered = true));
    return { sent, isAnswered: () => isAnswered, answer: answerTo(sent, request) };
  };
  return {
    async exchange(request): Promise<WireAnswer> {
      const { sent, isAnswered, answer } = once(request);
      try {
        return await answer;
      } catch (error) {
        const isStale = sent.reusedSocket && !isAnswered() && closedMeanwhile(error);
        if (!isStale || request.signal?.aborted) throw error;
        return once(request).answer;
      }
    },
    close: () => agent.destroy(),
  };
}

/** The hub may close a kept connection just when we begin to use it: that says nothing about the hub. */
const closedMeanwhile = (error: unknown): boolean =>
  isFault(error, "HUB_UNREACHABLE") && /ECONNRESET|EPIPE/.test(String(error.details["reason"]));
