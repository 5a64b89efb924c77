import { createLog } from "@fyr/runtime";
import { isFault } from "@fyr/protocol";
import type { AgentConfig } from "../config.ts";
import { helpRun } from "../host/index.ts";
import { lockFolder } from "../store/index.ts";
import type { Machine } from "./machine.ts";

/**
 * The helper: started by an agent for one run, and by nobody else. It asks for no signal to stop by: what is installed is
 * installed to its end.
 */
export async function runServerHelper(machine: Machine, config: AgentConfig, run: string): Promise<void> {
  const { clock, files, hostName, env } = machine;
  const log = createLog({ name: "server-helper", level: config.logLevel, to: process.stderr });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => log.warn({ signal }, "an installation is not stopped"));
  try {
    await helpRun({ clock, files, log, hostName, env, lock: lockFolder }, config, run);
  } catch (error) {
    if (!isFault(error, "INSTANCE_RUNNING")) throw error;
    log.info("another helper is at work on this run");
  }
}
