import { createHash } from "node:crypto";
import {
  ACS_PRO,
  AxisVersion,
  Label,
  MachineId,
  serverUid,
  type ServerFacts,
  type ServerHealth,
  type ServerReport,
} from "@fyr/protocol";
import type { ImageFacts } from "@fyr/certs";
import { testImage } from "@fyr/certs/testing";
import type { ServerRecord } from "../servers/server.ts";
import { defaultFolderOf } from "../folders/default-folder.ts";
import { newAgent, newOrg, newServer } from "./records.ts";

const NOW = Date.UTC(2026, 0, 1);
const GIB = 2 ** 30;
let made = 0;

export const machineId = (n: number): MachineId =>
  MachineId.parse(createHash("sha256").update(`machine ${n}`).digest("hex").slice(0, 32));

export const serverFacts = (facts: Partial<ServerFacts> & { n?: number } = {}): ServerFacts => {
  const { n = ++made, ...more } = facts;
  const id = machineId(n);
  return {
    ...{ uid: serverUid(ACS_PRO, id), product: ACS_PRO, machineId: id, name: Label.parse(`REC-${n}`) },
    ...{ version: AxisVersion.parse("6.17.26511"), edition: "AXIS Camera Station Pro" },
    os: { family: "windows", version: "10.0.20348" },
    ...{ licensing: "subscription", counts: { CORE: 42 }, devices: "unknown" },
    ...more,
  };
};

/** A server without any trouble. */
export const serverHealth = (health: Partial<ServerHealth> = {}): ServerHealth => ({
  at: NOW,
  cpuPercent: 12,
  memory: { totalBytes: 16 * GIB, freeBytes: 8 * GIB },
  volumes: [{ name: "D:", use: "recordings", totalBytes: 1_000 * GIB, freeBytes: 400 * GIB }],
  retention: { targetDays: 30, actualDays: 31 },
  services: [{ name: "AXIS Camera Station Server", state: "running", restarts: 0 }],
  ...{ recordingGaps: [], lastBackupAt: NOW, exporting: false, rebootPending: false },
  ...health,
});

export const serverReport = (
  facts: Partial<ServerFacts> & { n?: number } = {},
  more: Partial<Omit<ServerReport, "facts">> = {},
): ServerReport => ({
  facts: serverFacts(facts),
  health: serverHealth(),
  standing: { kind: "up" },
  ...more,
});

export const serverRecord = (more: Partial<ServerRecord> = {}): ServerRecord => {
  const orgId = more.orgId ?? newOrg();
  const { devices: _, ...facts } = serverFacts();
  return {
    ...{ orgId, id: newServer(), state: "registered", facts, deviceCount: null, devicesHash: null },
    ...{ agentId: newAgent(), folderId: defaultFolderOf(orgId), rivalId: null, health: serverHealth() },
    ...{ standing: { kind: "up" }, registeredAt: NOW, reportedAt: NOW },
    ...more,
  };
};

/** A package for ACS Pro servers, as publishers sign it. */
export const testPackage = (version = "6.18.27001", more: Partial<ImageFacts> = {}): ImageFacts =>
  testImage({
    ...{ product: ACS_PRO, models: [ACS_PRO], version: AxisVersion.parse(version) },
    ...more,
  });
