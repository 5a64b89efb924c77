import { createServer } from "node:http";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "@prometheus-io/client";
import { Fault } from "@fyr/protocol";
import type { RequestMetrics } from "./metrics.ts";
import { listenOn } from "./listen.ts";
import { preferredLanguage } from "./language.ts";
import { refusal, toFault } from "./problem.ts";

export type Listener = "agents" | "api";

export interface Metrics {
  /** What a listener's requests are counted under. */
  of(listener: Listener): RequestMetrics;
  /** A figure that is asked for when somebody looks. */
  gauge(name: string, help: string, read: () => number): void;
  /** All of it, in Prometheus' text format. */
  text(): Promise<string>;
}

/** From a 204 out of memory to a long import. */
const BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "fyr_request_seconds",
    help: "Requests by listener, route and status, and how long they took",
    labelNames: ["listener", "route", "status"],
    buckets: BUCKETS_S,
    registers: [registry],
  });
  return {
    of: (listener) => ({
      observe: (route, status, durationMs) =>
        requests.observe({ listener, route, status }, durationMs / 1000),
    }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    text: () => registry.metrics(),
  };
}

export interface MetricsListener {
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/** Metrics and health, on loopback only. @param healthy rejects when the hub cannot do its work */
export function createMetricsListener(metrics: Metrics, healthy: () => Promise<unknown>): MetricsListener {
  const pages: Readonly<Record<string, () => Promise<readonly [type: string, body: string]>>> = {
    "/metrics": async () => ["text/plain; version=0.0.4; charset=utf-8", await metrics.text()],
    "/healthz": async () => {
      await healthy();
      return ["application/json", JSON.stringify({ status: "ok" })];
    },
  };
  const page = (path: string, method: string | undefined) => {
    const found = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (!found) throw new Fault("NOT_FOUND");
    if (method !== "GET") throw new Fault("METHOD_UNKNOWN");
    return found();
  };
  const server = createServer((request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    Promise.resolve()
      .then(() => page(path, request.method))
      .then(
        ([type, body]) => void response.writeHead(200, { "content-type": type }).end(body),
        (error: unknown) => {
          const language = preferredLanguage(request.headers["accept-language"]);
          const { status, headers, body } = refusal(toFault(error), language);
          response.writeHead(status, headers).end(body);
        },
      );
  });
  return {
    listen: (port) => listenOn(server, port, "127.0.0.1"),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
