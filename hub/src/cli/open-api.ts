import type { AddressInfo } from "node:net";
import { loadCredentials } from "@fyr/certs";
import { createApi } from "../http/api/server.ts";
import { createMetricsListener } from "../http/prometheus.ts";
import type { Hub } from "../ports.ts";
import { apiHost } from "./addresses.ts";
import { told, type Start } from "./parts.ts";

/** The public API. @returns its port */
export async function openApi(
  start: Start,
  { services, gate, live }: Hub,
  operatorTokenHash: string,
): Promise<number> {
  const { machine, config, library, metrics, onClose } = start;
  const log = start.log.child({ part: "api" });
  const tls = await apiTls(start);
  if (!tls) log.warn("no certificate is configured: the API speaks clear HTTP and listens on loopback only");
  const imports = { maxBytes: config.maxImageBytes, spareBytes: config.spareDiskBytes };
  const app = await createApi({
    clock: machine.clock,
    log,
    services,
    gate,
    live,
    operatorTokenHash,
    support: config.support,
    metrics: metrics.of("api"),
    limits: {
      callerPerMinute: config.apiRequestsPerMinute,
      strangerPerMinute: config.apiStrangerRequestsPerMinute,
      connections: config.apiConnections,
    },
    enrolUrl: () => told(start).agents,
    images: {
      import: ({ bytes, announcedBytes, ...said }) =>
        library.import(bytes, said, { ...imports, announcedBytes }),
      publish: (signed) => library.publish(signed),
    },
    proxies: config.apiProxies,
    ...(tls && { tls }),
  });
  await app.listen({ port: config.apiPort, host: apiHost(config) });
  onClose("api", () => app.close());
  return (app.server.address() as AddressInfo).port;
}

async function apiTls({ machine, config }: Start): Promise<{ key: string; cert: string } | null> {
  if (config.apiCertificate === undefined) return null;
  const found = await loadCredentials(machine.files, config.apiCertificate);
  if (!found) throw new Error(`${config.apiCertificate}: no such file`);
  return { key: found.keyPem, cert: found.chainPem };
}

/** Metrics and health, on loopback. @returns their port */
export async function openMetrics({ config, metrics, onClose }: Start, { services }: Hub): Promise<number> {
  const listener = createMetricsListener(metrics, () => services.alive());
  const port = await listener.listen(config.metricsPort);
  onClose("metrics", () => listener.close());
  return port;
}
