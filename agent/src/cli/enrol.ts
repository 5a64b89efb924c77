import { systemAgentKeys } from "@fyr/certs";
import type { AgentConfig } from "../config.ts";
import { enrol } from "../link/enrol.ts";
import { readLeaf } from "../link/identity.ts";
import { openEnrolment } from "../link/wire/enrolment.ts";
import { AGENT_VERSION } from "../version.ts";
import { takeFolder } from "./folder.ts";
import type { Machine } from "./machine.ts";

export interface EnrolFlags {
  readonly url: string;
  readonly code?: string;
}

/** Turns the one-time code into this agent's identity; asks for the code when it was not named. */
export async function enrolAgent(
  machine: Machine,
  { dataDir }: AgentConfig,
  { url, code }: EnrolFlags,
): Promise<void> {
  const { files, clock, hostName } = machine;
  const typed = code ?? machine.env["AGENT_CODE"] ?? (await machine.askSecret("One-time code: "));
  const free = await takeFolder(machine, dataDir);
  try {
    const ports = { files, clock, keys: systemAgentKeys, open: openEnrolment, readLeaf };
    const wish = { folder: dataDir, code: typed, url, hostName, agentVersion: AGENT_VERSION };
    const { agentId, syncUrl } = await enrol(ports, wish);
    machine.print(JSON.stringify({ agentId, hub: syncUrl, folder: dataDir }));
  } finally {
    free();
  }
}
