import { join } from "node:path";
import { ACS_PRO, isTerminal, type Device, type OrgId, type Task } from "@fyr/protocol";
import { sleep, type Clock, type Files } from "@fyr/runtime";
import type { HubApi, Wish } from "./api.ts";
import type { HostReady, Household, SiteReady } from "./household.ts";
import { saveMemory, type Memory } from "./memory.ts";
import { rowsOf } from "./rows.ts";
import type { Screen } from "./screen.ts";
import { serverRow, type ServerSeen } from "./server.ts";

export interface PlayPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly folder: string;
  readonly screen: Screen;
  readonly household: Household;
  readonly api: HubApi;
  readonly stopping: AbortSignal;
}

/** A memory from the moment on where there is an organisation. */
export type Founded = Memory & { readonly orgId: OrgId };

const LOOK_EVERY_MS = 300;
const FOUND_WITHIN_MS = 120_000;

/** Settings of an agent in a hurry: simulated devices do not mind being asked often. */
const agentSettings = (site: SiteReady, host: HostReady, speed: number): Record<string, unknown> => ({
  ranges: [
    {
      addresses: `${site.firstAddress}-${site.lastAddress}`,
      httpPort: site.httpPort,
      httpsPort: site.httpsPort,
    },
  ],
  serverProbe: "simulated",
  serverRoot: host.root,
  speed,
  firstSyncMs: 0,
  gatherMs: 100,
  sweepEveryMs: 15_000,
  sweepPaceMs: 0,
});

/** The operator's and the installer's part: what a person would do once, before any upgrade. */
export async function setUp(
  ports: PlayPorts,
  memory: Memory,
  site: SiteReady,
  host: HostReady,
): Promise<Founded> {
  const { files, folder, screen, household, api } = ports;
  const orgId = memory.orgId ?? (await api.createOrganisation("Demo")).id;
  const known = { ...memory, orgId };
  if (!memory.orgId) await saveMemory(files, folder, known);
  // JSON is YAML too.
  const settings = Buffer.from(`${JSON.stringify(agentSettings(site, host, memory.speed), null, 2)}\n`);
  await files.ensureFolder(household.agentFolder);
  await files.replace(join(household.agentFolder, "agent.yaml"), settings);
  if (!(await files.stat(join(household.agentFolder, "identity.json")))) {
    const { code, enrolUrl } = await api.createAgent(orgId, "Demo site");
    screen.say("The agent enrols with its one-time code.");
    await household.agentCommand(["enrol", "--url", enrolUrl], { AGENT_CODE: code });
  }
  // Every simulated device takes this login; named again it is the same one.
  if (!memory.wanted)
    await household.agentCommand(["credentials", "add", "--user", "root"], { AGENT_PASSWORD: "pass" });
  return known;
}

export async function importImages(
  { files, screen, api }: PlayPorts,
  { images }: SiteReady,
  host: HostReady,
): Promise<void> {
  screen.say(`${images.length} AXIS OS images and an ACS Pro package are imported and signed.`);
  for (const { file, bytes, model, hardwareId } of images) {
    await api.importImage(file, bytes, { models: model, hardwareIds: hardwareId });
  }
  const { file, version } = host.package;
  const { sizeBytes = 0 } = (await files.stat(file)) ?? {};
  await api.importPackage(file, sizeBytes, { product: ACS_PRO, version });
}

/** What the hub says at one moment. */
export interface Seen {
  readonly devices: readonly Device[];
  readonly tasks: readonly Task[];
  /** Null while no server is registered. */
  readonly server: ServerSeen | null;
}

async function look({ api }: PlayPorts, { orgId, upgradeId, server: ordered }: Founded): Promise<Seen> {
  const devices = await api.devices(orgId);
  const tasks = upgradeId ? await api.tasks(orgId, upgradeId) : [];
  const [server] = await api.servers(orgId);
  const upgrade = ordered ? await api.serverUpgrade(orgId, ordered.id, ordered.taskId) : null;
  return { devices, tasks, server: server ? { server, upgrade } : null };
}

/** Shows what the hub says, again and again, until `over` says that it is enough. */
export async function watch(
  ports: PlayPorts,
  memory: Founded,
  status: (seen: Seen) => string,
  over: (seen: Seen) => boolean,
): Promise<Seen> {
  const { clock, screen, stopping } = ports;
  for (;;) {
    const seen = await look(ports, memory);
    const { devices, tasks, server } = seen;
    const servers = server ? [serverRow(server, clock.wall())] : [];
    screen.show([...servers, ...rowsOf(devices, tasks)], status(seen));
    if (over(seen) || stopping.aborted) return seen;
    await sleep(clock, LOOK_EVERY_MS, stopping);
  }
}

const manageable = (devices: readonly Device[]): Device[] =>
  devices.filter(({ trouble }) => trouble === null);

/** Waits until the agent has registered its server, and found and opened every device of the site. */
export async function discover(ports: PlayPorts, memory: Founded): Promise<Seen> {
  const until = ports.clock.mono() + FOUND_WITHIN_MS;
  const isAll = ({ devices, server }: Seen) =>
    manageable(devices).length >= memory.devices && server !== null;
  const seen = await watch(
    ports,
    memory,
    ({ devices }) => `${manageable(devices).length} of ${memory.devices} devices found`,
    (now) => isAll(now) || ports.clock.mono() > until,
  );
  const { devices, server } = seen;
  if (isAll(seen) || ports.stopping.aborted) return seen;
  const troubled = devices
    .filter(({ trouble }) => trouble !== null)
    .map(({ serial, trouble }) => `${serial} ${trouble}`);
  throw new Error(
    [
      `Only ${manageable(devices).length} of ${memory.devices} devices were found within two minutes.`,
      ...(server === null ? ["The server was not registered."] : []),
      troubled.join(", "),
    ]
      .join(" ")
      .trim(),
  );
}

/** Orders the upgrade of the server, and of every device for which there is a newer AXIS OS. */
export async function order(
  { files, folder, api }: PlayPorts,
  memory: Founded,
  { devices, server }: Seen,
): Promise<Founded> {
  const { orgId } = memory;
  const targets = devices.flatMap(({ id, recommended }): Wish[] =>
    recommended ? [{ deviceId: id, digest: recommended.digest }] : [],
  );
  const wanted = devices.filter(({ recommended }) => recommended !== null).map(({ serial }) => serial);
  const serverId = server?.server.recommended ? server.server.id : null;
  const task = serverId && (await api.upgradeServer(orgId, serverId, "demo-server"));
  const upgrade = targets.length > 0 ? await api.createUpgrade(orgId, targets, "demo") : undefined;
  const ordered = {
    ...memory,
    wanted,
    ...(upgrade && { upgradeId: upgrade.id }),
    ...(task && { server: { id: task.serverId, taskId: task.id } }),
  };
  await saveMemory(files, folder, ordered);
  return ordered;
}

export const allOver = ({ tasks, server }: Pick<Seen, "tasks" | "server">): boolean =>
  [...tasks, ...(server?.upgrade ? [server.upgrade] : [])].every(({ phase }) => isTerminal(phase));

/** How many upgrades went well so far. */
export const upgradedIn = ({ tasks, server }: Seen): number =>
  [...tasks, ...(server?.upgrade ? [server.upgrade] : [])].filter(({ phase }) => phase === "succeeded")
    .length;
