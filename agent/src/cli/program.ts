import { Command } from "commander";
import { faultText, isFault } from "@fyr/protocol";
import { ConfigError } from "@fyr/runtime";
import type { AgentConfig } from "../config.ts";
import type { EnrolFlags } from "./enrol.ts";
import type { Machine } from "./machine.ts";
import { loadSettings, type SettingFlags } from "./settings.ts";
import type { ScopeFlags } from "./credentials.ts";

interface JsonFlag {
  readonly json?: boolean;
}

/** The agent's commands. Each loads only what it needs, so that a killed agent is back at work soon. */
export function createProgram(machine: Machine): Command {
  const program = new Command("agent")
    .description("Fyr's agent: looks after the Axis devices of one site.")
    .showHelpAfterError();

  const command = (parent: Command, name: string, description: string): Command =>
    parent
      .command(name)
      .description(description)
      .option("--data <folder>", "where the agent keeps everything")
      .option("--config <file>", "settings as YAML; agent.yaml in the data folder when left out");

  const withJson = (parent: Command, name: string, description: string): Command =>
    command(parent, name, description).option("--json", "answer as one JSON line");

  const using =
    <F extends SettingFlags>(act: (config: AgentConfig, flags: F) => Promise<void>) =>
    async (flags: F): Promise<void> =>
      act(await loadSettings(machine, flags), flags);

  command(program, "enrol", "join a hub with its one-time code")
    .requiredOption("--url <url>", "the hub's address for agents, as shown with the code")
    .option("--code <code>", "the one-time code; asked for when left out, or in AGENT_CODE")
    .action(
      using<SettingFlags & EnrolFlags>(async (config, flags) =>
        (await import("./enrol.ts")).enrolAgent(machine, config, flags),
      ),
    );

  withJson(program, "run", "run until asked to stop").action(
    using<SettingFlags & JsonFlag>(async (config, { json = false }) =>
      (await import("./run.ts")).runAgent(machine, config, json),
    ),
  );

  withJson(program, "status", "how the agent stands, whether it runs or not").action(
    using<SettingFlags & JsonFlag>(async (config, { json = false }) =>
      (await import("./status.ts")).showStatus(machine, config, json),
    ),
  );

  withJson(program, "devices", "the devices that the agent knows").action(
    using<SettingFlags & JsonFlag>(async (config, { json = false }) =>
      (await import("./devices.ts")).showDevices(machine, config, json),
    ),
  );

  withJson(program, "discover", "look for devices now, once").action(
    using<SettingFlags & JsonFlag>(async (config, { json = false }) =>
      (await import("./devices.ts")).discoverDevices(machine, config, json),
    ),
  );

  withJson(program, "doctor", "look whether everything that the agent needs is in order").action(
    using<SettingFlags & JsonFlag>(async (config, { json = false }) => {
      const isWell = await (await import("./doctor.ts")).showFindings(machine, config, json);
      if (!isWell) process.exitCode = 1;
    }),
  );

  addCredentials(machine, program, { command, withJson, using });
  command(program, "server-helper", "install what a run's folder says; started by the agent itself")
    .requiredOption("--run <folder>", "the folder of the run")
    .action(
      using<SettingFlags & { run: string }>(async (config, { run }) =>
        (await import("./server-helper.ts")).runServerHelper(machine, config, run),
      ),
    );
  return program;
}

interface Builders {
  command(parent: Command, name: string, description: string): Command;
  withJson(parent: Command, name: string, description: string): Command;
  using<F extends SettingFlags>(
    act: (config: AgentConfig, flags: F) => Promise<void>,
  ): (flags: F) => Promise<void>;
}

function addCredentials(machine: Machine, program: Command, { command, withJson, using }: Builders): void {
  const credentials = program
    .command("credentials")
    .description("logins of devices; they never leave this site");
  const scoped = (own: Command): Command =>
    own
      .option("--device <serial>", "for this device alone")
      .option("--group <name>", "for the ranges that name this group; for all devices when neither is named");

  scoped(command(credentials, "add", "keep a login; the password is asked for, or in AGENT_PASSWORD"))
    .requiredOption("--user <name>", "the account on the devices")
    .action(
      using<SettingFlags & ScopeFlags & { user: string }>(async (config, flags) =>
        (await import("./credentials.ts")).addLogin(machine, config, flags),
      ),
    );
  withJson(credentials, "list", "for what there are logins; passwords are not shown").action(
    using<SettingFlags & JsonFlag>(async (config, { json = false }) =>
      (await import("./credentials.ts")).listLogins(machine, config, json),
    ),
  );
  scoped(command(credentials, "remove", "forget a login")).action(
    using<SettingFlags & ScopeFlags>(async (config, flags) =>
      (await import("./credentials.ts")).removeLogin(machine, config, flags),
    ),
  );
}

/** What went wrong, for people. Undefined when it is a bug, whose trace is worth more than a sentence. */
export function clearWords(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (!isFault(error)) return undefined;
  const { what, now, remedy } = faultText(error.code, "en");
  const facts = Object.keys(error.details).length > 0 ? ` ${JSON.stringify(error.details)}` : "";
  return `${what} ${now} ${remedy} (${error.code}${facts})`;
}
