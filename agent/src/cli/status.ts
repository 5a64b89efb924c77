import type { AgentConfig } from "../config.ts";
import { readLeaf } from "../link/identity.ts";
import { readStanding, type KeptStanding } from "../link/standing.ts";
import { lockFolder } from "../store/index.ts";
import { isFault, type JobState, type Serial } from "@fyr/protocol";
import { demandIdentity, openBesideAgent } from "./folder.ts";
import type { Machine } from "./machine.ts";

export interface Status {
  readonly agentId: string;
  readonly hub: string;
  readonly running: boolean;
  /** Null before the first sync. */
  readonly link: KeptStanding | null;
  readonly certificateUntil: number;
  readonly jobs: readonly { readonly serial: Serial | null; readonly state: JobState }[];
}

function isRunning(folder: string): boolean {
  try {
    lockFolder(folder)();
    return false;
  } catch (error) {
    if (isFault(error, "INSTANCE_RUNNING")) return true;
    throw error;
  }
}

async function statusOf(machine: Machine, config: AgentConfig): Promise<Status> {
  const { agentId, syncUrl, chain } = await demandIdentity(machine, config.dataDir);
  const running = isRunning(config.dataDir);
  const store = openBesideAgent(config);
  try {
    const jobs = store.journal
      .openJobs()
      .map(({ order, state }) => ({ serial: order?.serial ?? null, state }));
    const certificateUntil = readLeaf(chain).notAfterMs;
    return { agentId, hub: syncUrl, running, link: readStanding(store.state), certificateUntil, jobs };
  } finally {
    store.close();
  }
}

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

function linkText({ link }: Status): string {
  if (!link) return "not reached yet";
  return link.fault === null
    ? `answers since ${timeText(link.since)}`
    : `${link.fault} since ${timeText(link.since)}`;
}

/** How the agent stands, whether it runs or not. */
export async function showStatus(machine: Machine, config: AgentConfig, json: boolean): Promise<void> {
  const status = await statusOf(machine, config);
  if (json) return machine.print(JSON.stringify(status));
  machine.print(`agent        ${status.agentId}, ${status.running ? "running" : "not running"}`);
  machine.print(`hub          ${status.hub}, ${linkText(status)}`);
  machine.print(`certificate  until ${timeText(status.certificateUntil)}`);
  machine.print(`upgrades     ${status.jobs.length}`);
  for (const { serial, state } of status.jobs) machine.print(`  ${serial ?? "not verified yet"}  ${state}`);
}
