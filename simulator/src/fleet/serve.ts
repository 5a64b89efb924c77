import { silentLog, systemClock, systemFiles, type Clock, type Files, type Logger } from "@fyr/runtime";
import type { Timing } from "../device/timing.ts";
import { certifier, type Certify } from "../network/certificates.ts";
import { listen } from "../network/listener.ts";
import { serveTruth } from "../network/truth-api.ts";
import { openSite, type LiveSite } from "./live.ts";
import { noMemory, siteMemory, type Ports } from "./memory.ts";
import type { Site } from "./site.ts";

export interface ServeOptions {
  /** Ports; 0 or nothing takes free ones, and a site with a data folder takes the same again. */
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly truthPort?: number;
  /** Keeps states, certificates and ports here; without it everything is forgotten at the end. */
  readonly dataFolder?: string;
  readonly timing?: Timing;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly log?: Logger;
}

/** A site behind real sockets. */
export interface RunningSite extends LiveSite {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly truthPort: number;
  /** Stops the listeners and the devices; resolves when every state is kept. */
  close(): Promise<void>;
}

/** Serves a site on the loopback addresses of its devices until `close` is called. */
export async function serveSite(site: Site, options: ServeOptions = {}): Promise<RunningSite> {
  const { dataFolder, clock = systemClock, files = systemFiles, log = silentLog, timing } = options;
  const nowMs = clock.wall();
  const memory =
    dataFolder === undefined ? noMemory(nowMs) : await siteMemory(site, dataFolder, { files, log, nowMs });
  const live = await openSite(site, {
    clock,
    keeper: memory.keeper,
    madeMs: memory.madeMs,
    ...(timing && { timing }),
    broke: (serial, error) => log.debug({ serial, error }, "a request broke"),
  });
  const listeners = await openListeners(
    live,
    wanted(options, memory.ports),
    certifier(site.seed, clock, memory.certificates),
  );
  const ports = { http: listeners.http.port, https: listeners.https.port, truth: listeners.truth.port };
  await memory.keepPorts(ports);
  return {
    ...live,
    httpPort: ports.http,
    httpsPort: ports.https,
    truthPort: ports.truth,
    async close() {
      await Promise.all(Object.values(listeners).map((listener) => listener.close()));
      await live.stop();
    },
  };
}

/** What was asked for, else what it was the last time, else any. */
const wanted = ({ httpPort, httpsPort, truthPort }: ServeOptions, before?: Ports): Ports => ({
  http: httpPort || (before?.http ?? 0),
  https: httpsPort || (before?.https ?? 0),
  truth: truthPort || (before?.truth ?? 0),
});

async function openListeners(live: LiveSite, ports: Ports, certify: Certify) {
  const { deviceAt } = live;
  const http = await listen({ port: ports.http, deviceAt });
  const https = await listen({ port: ports.https, deviceAt, certify });
  const truth = await serveTruth(live, ports.truth);
  return { http, https, truth };
}
