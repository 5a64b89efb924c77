import { Command } from "commander";
import { faultText, isFault } from "@fyr/protocol";
import { ConfigError, createLog, loadConfig, runProcess } from "@fyr/runtime";
import { HubConfig } from "../config.ts";
import { addAccountCommands } from "./accounts.ts";
import type { ApiAccess } from "./api-client.ts";
import { addAuditCommands } from "./audit.ts";
import { examine } from "./doctor.ts";
import { importFile, listImages, publishFolder, type ImportWish } from "./images.ts";
import { initHub, type Initialised } from "./init.ts";
import { inRed, type Machine } from "./machine.ts";
import { addLicenceCommands } from "./licence-commands.ts";
import { addMailCommands } from "./mails.ts";
import { addOrganisationCommands } from "./organisations-commands.ts";
import { addServerCommands } from "./servers.ts";
import { renewToken } from "./token.ts";
import { startHub } from "./start.ts";

export interface SettingFlags {
  readonly config?: string;
  readonly data?: string;
}

/** What a command needs that works on a hub's data folder. */
export interface FolderCommands {
  onFolder(command: Command): Command;
  settings(flags: SettingFlags): HubConfig;
}

interface InitFlags {
  readonly publishersElsewhere?: boolean;
  readonly metadata?: string;
  readonly json?: boolean;
}

interface ApiFlags {
  readonly url: string;
  readonly token?: string;
  readonly ca?: string;
}

const list = (text: string): string[] => text.split(",").map((item) => item.trim());

/** The hub's commands. */
export function createProgram(machine: Machine): Command {
  const program = new Command("hub")
    .description("Fyr's hub: fleets of Axis devices, their software and licences.")
    .showHelpAfterError();
  const settings = ({ config, data }: SettingFlags): HubConfig =>
    loadConfig(HubConfig, "HUB", { file: config, env: machine.env, flags: { dataDir: data } });
  const onFolder = (command: Command): Command =>
    command
      .option("--config <file>", "settings as YAML; each may also stand in the environment as HUB_…")
      .option("--data <folder>", "where the hub keeps everything");

  onFolder(program.command("init"))
    .description("make a new hub: keys, certificates, image metadata and the operator's token")
    .option("--publishers-elsewhere", "others sign images and keep their keys offline")
    .option("--metadata <folder>", "what those others signed: their first root and list of images")
    .option("--json", "answer as one JSON line")
    .action(async (flags: SettingFlags & InitFlags) => {
      const made = await initHub(machine, settings(flags), {
        publishesHere: !flags.publishersElsewhere,
        metadata: flags.metadata,
      });
      for (const line of flags.json ? [JSON.stringify(made)] : toldOf(made)) machine.print(line);
    });

  onFolder(program.command("start"))
    .description("run the hub until it is asked to stop")
    .option("--json", "say with one JSON line when it is ready, and where it listens")
    .action((flags: SettingFlags & { json?: boolean }) =>
      start(machine, settings(flags), flags.json ?? false),
    );

  onFolder(program.command("doctor"))
    .description("look whether the hub's folder, ports, certificates and disk are in order")
    .option("--json", "answer as one JSON line")
    .action(async (flags: SettingFlags & { json?: boolean }) => {
      const findings = await examine(machine, settings(flags));
      if (flags.json) machine.print(JSON.stringify(findings));
      else for (const { level, what } of findings) machine.print(`${MARKS[level]} ${what}`);
      if (findings.some(({ level }) => level === "bad")) process.exitCode = 1;
    });

  onFolder(program.command("token"))
    .description("make a new operator token; the one before ends when the hub starts again")
    .action(async (flags: SettingFlags) => machine.print(await renewToken(machine, settings(flags))));

  addAuditCommands(program, machine, { onFolder, settings });
  const admin = program.command("admin").description("what only the operator does, at the hub's own machine");
  addAccountCommands(admin, machine, { onFolder, settings });
  addOrganisationCommands(admin, machine, { onFolder, settings });
  addLicenceCommands(admin, machine, { onFolder, settings });
  addMailCommands(program, machine, { onFolder, settings });
  program.addCommand(images(machine));
  addServerCommands(program, machine);
  return program;
}

const MARKS = { good: "  ok ", warn: "note ", bad: inRed(" bad ") } as const;

function toldOf({ folder, token, singleSigner, ready, onlineKeyPem }: Initialised): string[] {
  const lines = [`The hub's data is in ${folder}.`];
  if (token !== null) lines.push("", "Operator token, shown this once:", "", `  ${token}`, "");
  if (singleSigner) {
    lines.push(
      inRed(
        "One key of one can publish images, and this machine holds it. Whoever gets in here can have any",
      ),
      inRed("image installed. For more than one person: hub init --publishers-elsewhere."),
    );
  }
  if (!ready) {
    lines.push("The publishers' root has to name this key for snapshot and timestamp:", "", onlineKeyPem);
  }
  return [
    ...lines,
    ready ? "Start it with: hub start" : "Then: hub init --publishers-elsewhere --metadata FOLDER",
  ];
}

async function start(machine: Machine, config: HubConfig, json: boolean): Promise<void> {
  const log = createLog({ name: "hub", level: config.logLevel, to: process.stderr });
  await runProcess({ log, clock: machine.clock, graceMs: config.shutdownGraceMs }, async (running) => {
    const { api, agents, mqtt, metrics } = await startHub(machine, config, log, running);
    if (json) machine.print(JSON.stringify({ event: "ready", ready: true, api, agents, mqtt, metrics }));
    else machine.print(`The hub is ready. API: ${api}   agents: ${agents}   MQTT: ${mqtt ?? "off"}`);
  });
}

function images(machine: Machine): Command {
  const command = new Command("images").description("import, publish and list images, over the hub's API");
  const access = ({ url, token, ca }: ApiFlags): ApiAccess => {
    const found = token ?? machine.env["HUB_TOKEN"];
    if (found === undefined) throw new ConfigError("name the operator's token: --token or HUB_TOKEN");
    return { url, token: found, caFile: ca };
  };
  const overApi = (name: string): Command =>
    command
      .command(name)
      .option("--url <url>", "the hub's API", machine.env["HUB_URL"] ?? "http://127.0.0.1:8443")
      .option("--token <token>", "the operator's token; better in HUB_TOKEN, which other users cannot see")
      .option("--ca <file>", "certificates to trust besides the system's");

  overApi("import")
    .description("import AXIS OS image files, or a package for ACS Pro servers")
    .argument("<files...>")
    .option("--models <list>", "models, for older images that do not name them", list, [])
    .option("--hardware-ids <list>", "hardware ids, likewise", list, [])
    .option("--product <name>", "for a package: the product that it upgrades, acs-pro-server")
    .option("--release <version>", "for a package: the version that it brings")
    .action(async (files: string[], flags: ApiFlags & ImportWish) => {
      for (const file of files) {
        const { version, models, digest } = await importFile(access(flags), file, flags);
        const what = flags.product === undefined ? "AXIS OS" : "version";
        machine.print(`${file}: ${what} ${version} for ${models.join(", ")}, ${digest}`);
      }
    });
  overApi("publish")
    .description("take metadata that publishers signed elsewhere")
    .argument("<folder>")
    .action(async (folder: string, flags: ApiFlags) => {
      machine.print(`published ${(await publishFolder(access(flags), folder)).join(", ")}`);
    });
  overApi("list")
    .description("list the images that the publishers signed")
    .action(async (flags: ApiFlags) => {
      for await (const { version, models, digest, withdrawn } of listImages(access(flags))) {
        machine.print(`${version}\t${models.join(", ")}\t${digest}${withdrawn ? "\twithdrawn" : ""}`);
      }
    });
  return command;
}

const CLEAR: Readonly<Record<string, (error: NodeJS.ErrnoException & { port?: number }) => string>> = {
  EADDRINUSE: ({ port }) =>
    `Port ${port ?? ""} is taken by another process. Name another one, or 0 for a free one.`,
  EACCES: ({ path, port }) => `This user may not use ${path ?? `port ${port ?? ""}`}.`,
};

/** What went wrong, for people. Undefined when it is a bug, whose trace is worth more than a sentence. */
export function clearWords(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (!isFault(error)) {
    const { code } = error as { code?: string };
    return code === undefined ? undefined : CLEAR[code]?.(error as NodeJS.ErrnoException);
  }
  const { what, now, remedy } = faultText(error.code, "en");
  const facts = Object.keys(error.details).length > 0 ? ` ${JSON.stringify(error.details)}` : "";
  return `${what} ${now} ${remedy} (${error.code}${facts})`;
}
