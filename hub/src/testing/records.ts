import { createHash } from "node:crypto";
import {
  AgentId,
  AlertId,
  AxisVersion,
  CHAIN_START,
  CommandId,
  DEFAULT_SETTINGS,
  DeviceId,
  Digest,
  isTerminal,
  OrgId,
  ServerId,
  TaskId,
  UpgradeId,
} from "@fyr/protocol";
import { seededRandom, uuid7Ids } from "@fyr/runtime";
import type { Slot } from "../enrolment/store.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import { defaultFolderOf } from "../folders/default-folder.ts";
import type { OrganisationRecord } from "../organisations/store.ts";
import { NO_TRIES, type TaskRecord } from "../upgrades/task.ts";
import { deviceReport, serialOf } from "./device.ts";

const NOW = Date.UTC(2026, 0, 1);
const ids = uuid7Ids({ wall: () => NOW }, seededRandom("records"));

export const newOrg = (): OrgId => OrgId.parse(ids.next());
export const newAgent = (): AgentId => AgentId.parse(ids.next());
export const newTaskId = (): TaskId => TaskId.parse(ids.next());
export const newUpgrade = (): UpgradeId => UpgradeId.parse(ids.next());
export const newDevice = (): DeviceId => DeviceId.parse(ids.next());
export const newServer = (): ServerId => ServerId.parse(ids.next());
export const newAlert = (): AlertId => AlertId.parse(ids.next());
export const newCommand = (): CommandId => CommandId.parse(ids.next());

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
let made = 0;

export const deviceRecord = (facts: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...deviceReport({ serial: serialOf(++made), seenAt: NOW }),
  ...inFolder(facts.orgId ?? newOrg()),
  ...{ id: newDevice(), agentId: newAgent(), presentAt: NOW },
  ...facts,
});

const inFolder = (orgId: OrgId) => ({ orgId, folderId: defaultFolderOf(orgId) });

export const organisationRecord = (facts: Partial<OrganisationRecord> = {}): OrganisationRecord => ({
  ...{ id: newOrg(), name: "Acme", notes: "", createdAt: 1, archivedAt: null, archivedBy: null },
  ...{ settings: DEFAULT_SETTINGS, version: 1 },
  ...facts,
});

/** A task that waits to be granted. */
export const taskRecord = (facts: Partial<TaskRecord> = {}): TaskRecord => {
  const id = facts.id ?? newTaskId();
  const endedAt = isTerminal(facts.phase ?? "ready") ? NOW : null;
  return {
    ...{ orgId: newOrg(), id, upgradeId: newUpgrade(), deviceId: newDevice(), serial: serialOf(++made) },
    ...{ server: null, unavailableSince: null, attention: null },
    ...{ model: "P3265-V", agentId: newAgent(), digest: Digest.parse(hashOf("image")), sizeBytes: 1_000 },
    ...{ fromVersion: AxisVersion.parse("11.11.85"), toVersion: AxisVersion.parse("12.11.77") },
    ...{ backup: "wanted", windows: [], deadline: NOW + 30 * 86_400_000, dedupe: hashOf(id), createdAt: NOW },
    ...{ phase: "ready", epoch: 0, attempt: 0, jobOpen: false, jobState: null, leaseUntil: null, holds: [] },
    ...{
      cancel: "none",
      ackedSeq: 0,
      seqHigh: 0,
      lastHash: CHAIN_START,
      lastStep: null,
      pastNoReturn: false,
    },
    ...{ lookFirst: false, tries: NO_TRIES, outcomeCode: null, evidence: {}, reconcilingSince: null },
    ...{ darkSince: null, wakeAt: NOW + 30 * 86_400_000, changedAt: NOW, endedAt, version: 1 },
    ...facts,
  };
};

export const slotRecord = (facts: Partial<Slot> = {}): Slot => ({
  ...inFolder(facts.orgId ?? newOrg()),
  ...{ agentId: newAgent(), name: "site", state: "invited", createdAt: NOW },
  ...{
    codeId: hashOf(`code ${++made}`).slice(0, 32),
    codeVerifier: hashOf("verifier"),
    codeUntil: NOW + 86_400_000,
  },
  ...{ codeUsedAt: null, claimedBy: null, claimedAt: null, hostName: null },
  ...facts,
});
