import type { AgentConfig } from "../config.ts";
import { readLeaf } from "../link/identity.ts";
import { readStanding, type KeptStanding } from "../link/standing.ts";
import { lockFolder } from "../store/index.ts";
import { isFault, SERVER_SHOWN, type JobState, type Serial, type ServerReport } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import type { StateStore } from "../ports.ts";
import { lastSeen, serverShelf } from "../server/index.ts";
import { serverLines } from "./server-lines.ts";
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
  /** The server on this host as it was last seen; null where there is none. */
  readonly server: ServerReport | null;
  /** Upgrades of the server on this host, and backups that are put back. */
  readonly servers: readonly ServerStatus[];
}

export interface ServerStatus {
  readonly version: string;
  readonly state: JobState;
  /** In the words of the console; an installer that runs makes the server unavailable, which is no fault. */
  readonly shown: string;
  readonly unavailable: boolean;
  /** When it is expected to be over; null when nobody can tell. */
  readonly until: number | null;
  /** A person is asked to look. */
  readonly attention: boolean;
}

function serverStatuses(store: StateStore): ServerStatus[] {
  return serverShelf(store, silentLog)
    .all()
    .filter(({ state, restore }) => state !== "closed" || restore?.state === "running")
    .map(({ state, grant, runs, restore }) => {
      if (restore?.state === "running") return restoring(state, grant.targetVersion, restore.until);
      const run = runs.findLast(({ end }) => end === null);
      const attention = run !== undefined && (run.overdue || run.asked);
      const { word: shown, unavailable } = SERVER_SHOWN[state];
      const until = run && !attention ? run.until : null;
      return { version: grant.targetVersion, state, shown, unavailable, until, attention };
    });
}

const restoring = (state: JobState, version: string, until: number | null): ServerStatus => ({
  ...{ version, state, shown: "backup is put back", unavailable: true, until, attention: false },
});

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
    const [link, servers] = [readStanding(store.state), serverStatuses(store.state)];
    const server = lastSeen(store.state);
    return { agentId, hub: syncUrl, running, link, certificateUntil, jobs, server, servers };
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
  for (const line of status.server ? serverLines(status.server) : []) machine.print(line);
  for (const { version, shown, unavailable, until, attention } of status.servers) {
    const when = attention
      ? ", somebody should look"
      : until === null
        ? ""
        : `, until about ${timeText(until)}`;
    machine.print(`upgrade      to ${version}: ${shown}${unavailable ? " (unavailable)" : ""}${when}`);
  }
}
