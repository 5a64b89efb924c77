import { ServerReport } from "@fyr/protocol";
import { expect, test } from "vitest";
import { UNKNOWN_HEALTH } from "../host/load.ts";
import { serverLines } from "./server-lines.ts";

const report = (health: object = {}, standing: object = { kind: "up" }): ServerReport =>
  ServerReport.parse({
    facts: {
      ...{
        uid: "acs-pro-server:4c4c4544-0042-3510",
        product: "acs-pro-server",
        machineId: "4c4c4544-0042-3510",
      },
      ...{ name: "REC-01", version: "6.17.26511", edition: "unknown", licensing: "unknown" },
      ...{ os: { family: "windows", version: "unknown" }, counts: "unknown", devices: "unknown" },
    },
    health: { ...UNKNOWN_HEALTH, at: Date.UTC(2026, 0, 2, 3, 4), ...health },
    standing,
  });

test("the status tells the server, its version, how it stands and how it is", () => {
  const health = {
    cpuPercent: 12.4,
    memory: { totalBytes: 100, freeBytes: 25 },
    volumes: [{ name: "D:", use: "data", totalBytes: 200, freeBytes: 30 }],
    services: [{ name: "AcsServer", state: "running", restarts: 0 }],
    rebootPending: true,
  };
  expect(serverLines(report(health))).toEqual([
    "server       REC-01, acs-pro-server 6.17.26511, up (seen 2026-01-02 03:04)",
    "health       processors 12 %, memory 75 %, D: 15 % free, AcsServer running, waits for a restart",
  ]);
});

test("R-081: one that is installed on is upgrading, and what a host cannot tell is left out", () => {
  const upgrading = { kind: "upgrading", until: null, attention: false };
  expect(serverLines(report({}, upgrading))).toEqual([
    "server       REC-01, acs-pro-server 6.17.26511, upgrading - unavailable (seen 2026-01-02 03:04)",
    "health       unknown",
  ]);
});
