import {
  MQTT_LIMITS,
  topic,
  type AgentId,
  type BootId,
  type Presence,
  type Progress,
  type ProgressReport,
} from "@fyr/protocol";
import type { Cancel, Clock, Logger, Random } from "@fyr/runtime";
import { sleep } from "@fyr/runtime";
import type { Jobs } from "../ports.ts";
import { backOffMs } from "./backoff.ts";

/** One MQTT connection, below any meaning; QoS 0 throughout. */
export interface MessageLine {
  publish(topic: string, payload: string): void;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface LineWish {
  readonly url: string;
  readonly clientId: string;
  readonly subscribe: string;
  readonly will: { readonly topic: string; readonly payload: string };
  readonly keepAliveS: number;
  readonly onMessage: (topic: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves when the hub accepted the connection and the subscription. @throws Fault `HUB_UNREACHABLE`, `HUB_UNTRUSTED` */
export type OpenLine = (wish: LineWish) => Promise<MessageLine>;

export interface DoorbellPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly open: OpenLine;
  readonly jobs: Pick<Jobs, "progress" | "onProgress">;
  /** Work may be waiting: the bell rang, or was out of order until now. */
  readonly onRing: () => void;
}

export interface DoorbellSettings {
  readonly agentId: AgentId;
  readonly bootId: BootId;
  /** Where the hub's broker listens, in the order in which they are tried. Empty: no doorbell. */
  readonly urls: readonly string[];
}

export interface Doorbell {
  start(): void;
  stop(): Promise<void>;
}

/** Live progress leaves at most four times a second. */
const PROGRESS_MS = 250;
/** Standings in one packet, well below the hub's cap. */
const PER_PACKET = 250;
/** A connection that lived so long ends the count of failures. */
const STEADY_MS = 5_000;

/**
 * The doorbell: never needed, never fatal. Without it the site polls, a little later (design.md D3).
 */
export function createDoorbell(ports: DoorbellPorts, settings: DoorbellSettings): Doorbell {
  const { clock, random, log } = ports;
  const { agentId, bootId, urls } = settings;
  const stopping = new AbortController();
  let running = Promise.resolve();

  const presence = (online: boolean): string => {
    const message: Presence = { bootId, online, at: Math.trunc(clock.wall()) };
    return JSON.stringify(message);
  };
  const place = topic(agentId, "presence");

  const connect = (url: string): Promise<MessageLine> =>
    ports.open({
      url,
      clientId: agentId,
      subscribe: topic(agentId, "ring"),
      will: { topic: place, payload: presence(false) },
      keepAliveS: MQTT_LIMITS.keepAliveS,
      onMessage: () => ports.onRing(),
      signal: stopping.signal,
    });

  /** One connection from its beginning to its end; the time that it lived. */
  async function live(line: MessageLine): Promise<number> {
    const began = clock.mono();
    const quiet = relayProgress(ports, line, agentId);
    const leave = () => {
      line.publish(place, presence(false));
      void line.close();
    };
    stopping.signal.addEventListener("abort", leave);
    line.publish(place, presence(true));
    ports.onRing();
    await line.ended;
    quiet();
    stopping.signal.removeEventListener("abort", leave);
    return clock.mono() - began;
  }

  async function attempt(url: string): Promise<boolean> {
    try {
      const line = await connect(url);
      log.info({ url }, "doorbell connected");
      const steady = (await live(line)) >= STEADY_MS;
      if (!stopping.signal.aborted) log.info({ url }, "doorbell lost");
      return steady;
    } catch (error) {
      log.debug({ url, error }, "doorbell not reached");
      return false;
    }
  }

  /** Every address in turn, so that a site whose firewall closes one port finds the other at once. */
  async function loop(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      let steady = false;
      for (const url of urls) steady ||= !stopping.signal.aborted && (await attempt(url));
      failures = steady ? 1 : failures + 1;
      await sleep(clock, backOffMs(failures, random), stopping.signal);
    }
  }

  return {
    start: () => void (running = urls.length > 0 ? loop() : running),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Sends what moved since it was sent last, at once and then at the permitted pace. */
function relayProgress({ clock, jobs }: DoorbellPorts, line: MessageLine, agentId: AgentId): Cancel {
  const sent = new Map<string, string>();
  let due: Cancel | undefined;

  const moved = (now: readonly Progress[]): Progress[] => {
    const fresh = now.filter((progress) => sent.get(progress.taskId) !== JSON.stringify(progress));
    sent.clear();
    for (const progress of now) sent.set(progress.taskId, JSON.stringify(progress));
    return fresh;
  };
  const send = () => {
    due = undefined;
    const fresh = moved(jobs.progress());
    for (let from = 0; from < fresh.length; from += PER_PACKET) {
      const report: ProgressReport = { agentId, jobs: fresh.slice(from, from + PER_PACKET) };
      line.publish(topic(agentId, "progress"), JSON.stringify(report));
    }
  };
  const deaf = jobs.onProgress(() => (due ??= clock.after(PROGRESS_MS, send)));
  send();
  return () => {
    deaf();
    due?.();
  };
}
