import { Fault } from "@fyr/protocol";
import { expect, test } from "vitest";
import { createMetrics, createMetricsListener } from "./prometheus.ts";

test("metrics and health answer on loopback, everything else is refused by name", async () => {
  const metrics = createMetrics();
  metrics.of("agents").observe("sync", 204, 3);
  metrics.gauge("fyr_test_things", "Things", () => 7);
  let healthy = true;
  const listener = createMetricsListener(metrics, async () => {
    if (!healthy) throw new Fault("HUB_BUSY");
  });
  const port = await listener.listen(0);
  const get = (path: string, method = "GET") => fetch(`http://127.0.0.1:${port}${path}`, { method });
  const text = await (await get("/metrics")).text();
  expect(text).toContain('fyr_request_seconds_count{listener="agents",route="sync",status="204"} 1');
  expect(text).toContain("fyr_test_things 7");
  expect(await (await get("/healthz")).json()).toEqual({ status: "ok" });
  healthy = false;
  expect((await get("/healthz")).status).toBe(503);
  for (const [path, method, code] of [
    ["/", "GET", "NOT_FOUND"],
    ["/constructor", "GET", "NOT_FOUND"],
    ["/metrics", "POST", "METHOD_UNKNOWN"],
  ] as const) {
    expect(await (await get(path, method)).json()).toMatchObject({ code });
  }
  await listener.close();
});
