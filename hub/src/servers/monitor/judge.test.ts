import { DEFAULT_THRESHOLDS, type ServerHealth, type ThresholdChanges } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newAlert, newOrg, newServer } from "../../testing/records.ts";
import { serverHealth } from "../../testing/server.ts";
import type { AlertRecord } from "./alert.ts";
import { judgeAlerts } from "./judge.ts";
import { observations } from "./observe.ts";
import { contradictions, effective } from "./thresholds.ts";

const MINUTE = 60_000;

/** A server whose reports are judged one after the other. */
function watch(changes: ThresholdChanges = {}) {
  const [orgId, serverId] = [newOrg(), newServer()];
  const all = new Map<string, AlertRecord>();
  let now = 0;
  return {
    all,
    told: () => [...all.values()].filter(({ openedAt }) => openedAt !== null),
    report(health: Partial<ServerHealth>, minutes = 5) {
      now += minutes * MINUTE;
      const living = [...all.values()].filter(({ state }) => state !== "closed");
      const context = { orgId, serverId, now, thresholds: effective(changes), newId: newAlert };
      const judged = judgeAlerts(living, observations(serverHealth(health)), context);
      for (const alert of judged) all.set(alert.id, alert);
      return judged;
    },
  };
}

test("R-026: what lasts is told once, with since when, value and limit; what is over is closed", () => {
  const server = watch();
  server.report({ cpuPercent: 95 });
  server.report({ cpuPercent: 97 });
  expect(server.told(), "not before it has lasted").toEqual([]);
  server.report({ cpuPercent: 91 });
  server.report({ cpuPercent: 99 });
  expect(server.told()).toMatchObject([
    { kind: "cpu", state: "open", value: 99, limit: 90, since: 5 * MINUTE, openedAt: 20 * MINUTE },
  ]);
  server.report({ cpuPercent: 85 });
  server.report({ cpuPercent: 92 });
  expect(server.told(), "what swings around the limit is one alert").toHaveLength(1);
  server.report({ cpuPercent: 80 });
  expect(server.told()).toMatchObject([{ state: "closed", closedAt: 35 * MINUTE }]);
});

test("a peak that passes is told to nobody", () => {
  const server = watch();
  for (const cpuPercent of [95, 85, 95, 85, 95, 85]) server.report({ cpuPercent });
  expect(server.told()).toEqual([]);
});

test("what is unknown opens nothing and closes nothing", () => {
  const server = watch();
  const unknown = "unknown" as const;
  const nothing = {
    ...{ cpuPercent: unknown, memory: unknown, volumes: unknown, retention: unknown },
    ...{ services: unknown, recordingGaps: unknown },
  };
  for (let n = 0; n < 9; n++) server.report(nothing);
  expect(server.all.size).toBe(0);
  server.report({ retention: { targetDays: 30, actualDays: 20 } });
  server.report(nothing);
  expect(server.told()).toMatchObject([{ kind: "retention", state: "open" }]);
});

test("each thing that is watched has its alert; of volumes each its own, which ends when the volume is gone", () => {
  const server = watch({ service_down: { ...DEFAULT_THRESHOLDS.service_down, minutes: 0 } });
  const volume = (name: string, freeBytes: number | "unknown") =>
    ({ name, use: "recordings", totalBytes: 100, freeBytes }) as const;
  server.report({
    memory: { totalBytes: 100, freeBytes: 50 },
    volumes: [volume("D:", 5), volume("E:", 50), volume("F:", "unknown"), volume("G:", 9)],
    retention: { targetDays: 30, actualDays: 15 },
    services: [
      { name: "a", state: "stopped", restarts: 0 },
      { name: "b", state: "unknown", restarts: 0 },
    ],
    recordingGaps: [{ serial: "unknown", from: 0, to: 20 * MINUTE }],
  });
  expect(server.told().map(({ kind, part, value }) => [kind, part, value])).toEqual([
    ["storage", "D:", 5],
    ["storage", "G:", 9],
    ["retention", "", 50],
    ["service_down", "", 1],
    ["recording_gap", "", 20],
  ]);
  server.report({ volumes: [volume("D:", 12)] });
  const states = server.told().map(({ kind, part, state }) => [kind, part, state]);
  expect(states).toContainEqual(["storage", "D:", "open"]);
  expect(states).toContainEqual(["storage", "G:", "closed"]);
  expect(states).toContainEqual(["service_down", "", "closed"]);
});

test("R-026 R-031: thresholds are a server's over the organisation's over the product's, and can be switched off", () => {
  const off = { ...DEFAULT_THRESHOLDS.storage, enabled: false };
  const own = { ...DEFAULT_THRESHOLDS.cpu, limit: 50 };
  const merged = effective({ cpu: { ...own, limit: 70 }, storage: off }, { cpu: own });
  expect(merged).toEqual({ ...DEFAULT_THRESHOLDS, cpu: own, storage: off });
  const server = watch({ storage: off });
  server.report({ volumes: [{ name: "D:", use: "recordings", totalBytes: 100, freeBytes: 0 }] });
  expect(server.all.size).toBe(0);
  expect(contradictions(DEFAULT_THRESHOLDS)).toEqual([]);
  expect(contradictions({ cpu: { ...own, clear: 60 } })).toEqual(["cpu"]);
});

test("however values go, at most one alert of a kind lives, and what is open was beyond its limit long enough", () => {
  const value = fc.oneof(fc.constant("unknown" as const), fc.integer({ min: 0, max: 100 }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), (values) => {
      const server = watch();
      const history: (number | "unknown")[] = [];
      for (const cpuPercent of values) {
        server.report({ cpuPercent });
        history.push(cpuPercent);
        const mine = [...server.all.values()].filter(({ kind }) => kind === "cpu");
        const living = mine.filter(({ state }) => state !== "closed");
        expect(living.length).toBeLessThanOrEqual(1);
        for (const { state, since, openedAt } of mine.filter(({ openedAt: at }) => at !== null)) {
          expect((openedAt ?? 0) - since).toBeGreaterThanOrEqual(15 * MINUTE);
          if (state === "open") expect(history.findLast((known) => known !== "unknown")).toBeGreaterThan(80);
        }
      }
    }),
  );
});
