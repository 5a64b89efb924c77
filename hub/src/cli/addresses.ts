import { isIPv6 } from "node:net";
import type { HubConfig } from "../config.ts";

/** Where the hub is reached. */
export interface Addresses {
  readonly api: string;
  readonly agents: string;
  /** Null when agents are not rung. */
  readonly mqtt: string | null;
  readonly metrics: string;
}

export interface Ports {
  readonly api: number;
  readonly agents: number;
  readonly mqtt: number | null;
  readonly metrics: number;
}

const LOOPBACK = "127.0.0.1";

const hostIn = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** Without a certificate the console and the API are for this machine alone. */
export const apiHost = (config: HubConfig): string =>
  config.apiCertificate === undefined ? LOOPBACK : config.apiHost;

/** What is told to agents and people, once it is known which ports were taken. */
export function addresses(config: HubConfig, ports: Ports): Addresses {
  const host = hostIn(config.hosts[0] ?? LOOPBACK);
  const isSecret = config.apiCertificate !== undefined;
  return {
    api: `${isSecret ? `https://${host}` : `http://${LOOPBACK}`}:${ports.api}`,
    agents: config.agentsUrl ?? `https://${host}:${ports.agents}`,
    mqtt: ports.mqtt === null ? null : (config.mqttUrl ?? `mqtts://${host}:${ports.mqtt}`),
    metrics: `http://${LOOPBACK}:${ports.metrics}`,
  };
}
