import { devNull } from "node:os";
import { join } from "node:path";
import type { Clock, Files } from "@fyr/runtime";
import { z } from "zod";
import { ChildFailed, startChild, type Child, type ChildSpec } from "./child.ts";
import { keep, type Kept } from "./kept.ts";
import type { Memory } from "./memory.ts";
import type { Letter as Found } from "./person.ts";

export interface HouseholdPorts {
  readonly clock: Clock;
  readonly files: Files;
  /** The program that runs scripts, and what it has to be told to run ours. */
  readonly node: { readonly path: string; readonly args: readonly string[] };
  /** Where the repository is. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stopping: AbortSignal;
}

/** What the site tells when it is served. */
const SiteReady = z.object({
  firstAddress: z.string(),
  lastAddress: z.string(),
  httpPort: z.int(),
  httpsPort: z.int(),
  truthPort: z.int(),
  images: z.array(
    z.object({
      file: z.string(),
      model: z.string(),
      hardwareId: z.string(),
      version: z.string(),
      bytes: z.int(),
    }),
  ),
});
export type SiteReady = z.infer<typeof SiteReady>;

/** What the host of the ACS Pro server tells when it runs. */
const HostReady = z.object({
  root: z.string(),
  service: z.string(),
  package: z.object({ file: z.string(), version: z.string() }),
});
export type HostReady = z.infer<typeof HostReady>;

const Letters = z.array(z.object({ id: z.string(), kind: z.string(), subject: z.string() }));
const Letter = z.object({ text: z.string() });

/** The processes of the demo, each by its own command. */
export interface Household {
  readonly site: Kept;
  readonly host: Kept;
  readonly hub: Kept;
  readonly agent: Kept;
  startSite(): Promise<SiteReady>;
  startHost(): Promise<HostReady>;
  /** @returns the operator's token, when this run made it */
  initHub(): Promise<string | null>;
  /** The mails that the hub wrote to somebody, newest first, as its operator finds them in the outbox. */
  mails(to: string): Promise<readonly Found[]>;
  /** What one of them says. */
  readMail(id: string): Promise<string>;
  /** Runs one command of the agent to its end. */
  agentCommand(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<void>;
  readonly agentFolder: string;
  /** Ends commands that have not come to their end. */
  hush(): void;
}

/** Of each image: one upload takes well under half a second. */
const IMAGE_BYTES = 2_000_000;

/** How long the server's service takes to stop: long enough to be seen away. */
const SERVICE_STOPS_MS = 3_000;

/** Polls so short that the demo is brisk without a doorbell too. */
const POLLS = { idle: 2_000, busy: 500 } as const;

function hubEnv({ ports }: Memory, folder: string, mqtt: boolean): Record<string, string> {
  const settings = {
    DATA_DIR: folder,
    API_PORT: ports.api,
    AGENTS_HOST: "127.0.0.1",
    AGENTS_PORT: ports.agents,
    MQTT: mqtt,
    MQTT_HOST: "127.0.0.1",
    MQTT_PORT: ports.mqtt,
    METRICS_PORT: ports.metrics,
    HOSTS: "localhost,127.0.0.1",
    IDLE_POLL_MS: POLLS.idle,
    BUSY_POLL_MS: POLLS.busy,
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`HUB_${name}`, String(value)]));
}

export function household(ports: HouseholdPorts, folder: string, memory: Memory, mqtt: boolean): Household {
  const { clock, node, root, env, stopping } = ports;
  const agentFolder = join(folder, "agent");
  const hubSettings = hubEnv(memory, join(folder, "hub"), mqtt);
  const agentSettings = { AGENT_DATA_DIR: agentFolder };

  const spec = (
    name: string,
    script: string,
    args: readonly string[],
    own: Record<string, string>,
  ): ChildSpec => ({
    name,
    args: [...node.args, join(root, script), ...args],
    env: { ...env, ...own },
    logPath: join(folder, `${name}.log`),
  });
  const kept = (own: ChildSpec) => keep(clock, node.path, own, stopping);

  /** What a mail says opens accounts: it stands in no log. */
  const mailCommand = (...args: string[]): ChildSpec => ({
    ...spec("hub", "hub/src/main.ts", ["mail", ...args, "--json"], hubSettings),
    logPath: devNull,
  });

  const commands = new Set<Child>();

  /** Runs a command that ends by itself, and gives what it said last as JSON. */
  async function finish(own: ChildSpec): Promise<Readonly<Record<string, unknown>>> {
    const child = startChild(node.path, own);
    commands.add(child);
    const { code, reason, said } = await child.ended;
    commands.delete(child);
    if (code !== 0)
      throw new ChildFailed(
        `The ${own.name} refused "${own.args.slice(node.args.length + 1).join(" ")}": ${reason}`,
      );
    return said;
  }

  const siteArgs = [
    "site",
    "--json",
    ...["--devices", String(memory.devices)],
    ...["--seed", memory.seed],
    ...["--speed", String(memory.speed)],
    ...["--data", join(folder, "site")],
    ...["--images", join(folder, "images")],
    ...["--image-bytes", String(IMAGE_BYTES)],
  ];
  const hostArgs = [
    "server",
    "--json",
    ...["--root", join(folder, "server")],
    ...["--stop-ms", String(SERVICE_STOPS_MS)],
  ];
  const host = kept(spec("host", "simulator/src/main.ts", hostArgs, {}));
  const site = kept(spec("site", "simulator/src/main.ts", siteArgs, {}));
  return {
    site,
    host,
    hub: kept(spec("hub", "hub/src/main.ts", ["start", "--json"], hubSettings)),
    agent: kept(spec("agent", "agent/src/main.ts", ["run", "--json"], agentSettings)),
    agentFolder,
    hush: () => commands.forEach((child) => child.kill("SIGKILL")),
    startSite: async () => SiteReady.parse(await site.start()),
    startHost: async () => HostReady.parse(await host.start()),
    async initHub() {
      const said = await finish(spec("hub", "hub/src/main.ts", ["init", "--json"], hubSettings));
      return typeof said["token"] === "string" ? said["token"] : null;
    },
    mails: async (to) => Letters.parse(await finish(mailCommand("list", "--to", to))),
    readMail: async (id) => Letter.parse(await finish(mailCommand("show", id))).text,
    async agentCommand(args, own = {}) {
      await finish(spec("agent", "agent/src/main.ts", args, { ...agentSettings, ...own }));
    },
  };
}
