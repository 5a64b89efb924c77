import { Fault } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { FastifyReply } from "fastify";
import { createThrottle } from "../throttle.ts";

/** What the API bears. As many requests as it takes in a minute may come at once. */
export interface ApiLimits {
  /** Of one session, one key, the operator. */
  readonly callerPerMinute: number;
  /** Of one source, from whoever does not show who it is: sign-in, registration, tokens that are none. */
  readonly strangerPerMinute: number;
  /** Open connections, of all callers together. */
  readonly connections: number;
}

const MINUTE_MS = 60_000;
const KEYS = 50_000;

/** Takes a turn and says in the answer's headers how many are left. @throws Fault `TOO_MANY_REQUESTS` */
type Take = (key: string, reply: Pick<FastifyReply, "header">) => void;

export interface Turns {
  readonly caller: Take;
  readonly stranger: Take;
}

/**
 * The turns of the API's callers. One hub counts in its own memory: several hubs behind one address let a caller do
 * as much on each.
 */
export function createTurns(clock: Pick<Clock, "mono">, limits: Omit<ApiLimits, "connections">): Turns {
  const turnsOf = (name: keyof Turns, perMinute: number): Take => {
    const throttle = createThrottle(clock, { burst: perMinute, everyMs: MINUTE_MS / perMinute, keys: KEYS });
    return (key, reply) => {
      const waitMs = throttle.take(key);
      const { turns, fullInMs } = throttle.left(key);
      void reply
        .header("ratelimit-policy", `"${name}";q=${perMinute};w=${MINUTE_MS / 1000}`)
        .header("ratelimit", `"${name}";r=${turns};t=${Math.ceil(fullInMs / 1000)}`);
      if (waitMs > 0) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs: waitMs });
    };
  };
  return {
    caller: turnsOf("caller", limits.callerPerMinute),
    stranger: turnsOf("stranger", limits.strangerPerMinute),
  };
}
