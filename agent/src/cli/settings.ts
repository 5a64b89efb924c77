import { join, resolve } from "node:path";
import { loadConfig } from "@fyr/runtime";
import { AgentConfig } from "../config.ts";
import type { Machine } from "./machine.ts";

export interface SettingFlags {
  readonly config?: string;
  readonly data?: string;
}

/**
 * The agent's settings: defaults, then `agent.yaml` in its data folder, then the environment, then flags.
 *
 * @throws ConfigError naming the setting that cannot be used
 */
export async function loadSettings(
  { files, env }: Machine,
  { config, data }: SettingFlags,
): Promise<AgentConfig> {
  const folder = resolve(data ?? env["AGENT_DATA_DIR"] ?? AgentConfig.shape.dataDir.parse(undefined));
  const usual = join(folder, "agent.yaml");
  const file = config ?? ((await files.stat(usual)) ? usual : undefined);
  return loadConfig(AgentConfig, "AGENT", { file, env, flags: { dataDir: folder } });
}
