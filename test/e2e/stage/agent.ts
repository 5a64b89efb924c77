import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createProgram, type Machine } from "@fyr/agent/testing";
import type { AgentSlot } from "@fyr/protocol";
import { systemClock, systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";

/** Where simulated devices stand, as an agent's settings name it. */
export interface Range {
  readonly addresses: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

export interface AgentSettings {
  readonly ranges: readonly Range[];
  readonly speed: number;
  readonly [name: string]: unknown;
}

/** Everything an agent has on its disk. */
export interface AgentHome {
  readonly folder: string;
  /** One command of the agent, run to its end inside this process. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<void>;
  /** Writes the settings of its next start. */
  set(settings: AgentSettings): Promise<void>;
  /** The login that every simulated device takes. */
  addLogin(): Promise<void>;
}

/** An agent in a hurry: simulated devices do not mind being asked often. */
const SETTINGS = {
  firstSyncMs: 0,
  gatherMs: 20,
  sweepEveryMs: 2_000,
  sweepPaceMs: 0,
  keepFreeBytes: 0,
  logLevel: "info",
};

/** Enrols an agent for devices at `ranges`, with the login that they take. */
export async function enrolledAgent(
  folder: string,
  slot: AgentSlot,
  settings: AgentSettings,
): Promise<AgentHome> {
  await mkdir(folder, { recursive: true });
  // JSON is YAML too.
  const set: AgentHome["set"] = (own) =>
    writeFile(join(folder, "agent.yaml"), JSON.stringify({ ...SETTINGS, ...own }));
  await set(settings);
  const command: AgentHome["command"] = async (args, env = {}) =>
    void (await createProgram({ ...machine, env }).parseAsync([...args, "--data", folder], { from: "user" }));
  const addLogin = () => command(["credentials", "add", "--user", "root"], { AGENT_PASSWORD: "pass" });
  await command(["enrol", "--url", slot.enrolUrl], { AGENT_CODE: slot.code });
  await addLogin();
  return { folder, command, set, addLogin };
}

const machine: Omit<Machine, "env"> = {
  clock: systemClock,
  random: systemRandom,
  ids: uuid7Ids(systemClock, systemRandom),
  files: systemFiles,
  hostName: "gateway",
  pid: process.pid,
  askSecret: () => Promise.reject(new Error("nobody is here to be asked")),
  print: () => {},
};
