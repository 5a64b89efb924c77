import { join } from "node:path";
import { isTerminal, type Device, type OrgId, type Task } from "@fyr/protocol";
import { sleep, type Clock, type Files } from "@fyr/runtime";
import type { HubApi, Wish } from "./api.ts";
import type { Household, SiteReady } from "./household.ts";
import { saveMemory, type Memory } from "./memory.ts";
import { rowsOf } from "./rows.ts";
import type { Screen } from "./screen.ts";

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
const agentSettings = (site: SiteReady, speed: number): Record<string, unknown> => ({
  ranges: [
    {
      addresses: `${site.firstAddress}-${site.lastAddress}`,
      httpPort: site.httpPort,
      httpsPort: site.httpsPort,
    },
  ],
  speed,
  firstSyncMs: 0,
  gatherMs: 100,
  sweepEveryMs: 15_000,
  sweepPaceMs: 0,
});

/** The operator's and the installer's part: what a person would do once, before any upgrade. */
export async function setUp(ports: PlayPorts, memory: Memory, site: SiteReady): Promise<Founded> {
  const { files, folder, screen, household, api } = ports;
  const orgId = memory.orgId ?? (await api.createOrganisation("Demo")).id;
  const known = { ...memory, orgId };
  if (!memory.orgId) await saveMemory(files, folder, known);
  // JSON is YAML too.
  const settings = Buffer.from(`${JSON.stringify(agentSettings(site, memory.speed), null, 2)}\n`);
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

export async function importImages({ screen, api }: PlayPorts, { images }: SiteReady): Promise<void> {
  screen.say(`${images.length} AXIS OS images are imported and signed.`);
  for (const { file, bytes, model, hardwareId } of images) {
    await api.importImage(file, bytes, { models: model, hardwareIds: hardwareId });
  }
}

/** Shows what the hub says, again and again, until `over` says that it is enough. */
export async function watch(
  { clock, screen, api, stopping }: PlayPorts,
  memory: Founded,
  status: (devices: readonly Device[], tasks: readonly Task[]) => string,
  over: (devices: readonly Device[], tasks: readonly Task[]) => boolean,
): Promise<{ devices: Device[]; tasks: Task[] }> {
  for (;;) {
    const devices = await api.devices(memory.orgId);
    const tasks = memory.upgradeId ? await api.tasks(memory.orgId, memory.upgradeId) : [];
    screen.show(rowsOf(devices, tasks), status(devices, tasks));
    if (over(devices, tasks) || stopping.aborted) return { devices, tasks };
    await sleep(clock, LOOK_EVERY_MS, stopping);
  }
}

const manageable = (devices: readonly Device[]): Device[] =>
  devices.filter(({ trouble }) => trouble === null);

/** Waits until the agent has found and opened every device of the site. */
export async function discover(ports: PlayPorts, memory: Founded): Promise<Device[]> {
  const until = ports.clock.mono() + FOUND_WITHIN_MS;
  const { devices } = await watch(
    ports,
    memory,
    (found) => `${manageable(found).length} of ${memory.devices} devices found`,
    (found) => manageable(found).length >= memory.devices || ports.clock.mono() > until,
  );
  if (manageable(devices).length >= memory.devices || ports.stopping.aborted) return devices;
  const troubled = devices
    .filter(({ trouble }) => trouble !== null)
    .map(({ serial, trouble }) => `${serial} ${trouble}`);
  throw new Error(
    `Only ${manageable(devices).length} of ${memory.devices} devices were found within two minutes. ${troubled.join(", ")}`.trim(),
  );
}

/** Orders the upgrade of every device for which there is a newer AXIS OS. */
export async function order(
  { files, folder, api }: PlayPorts,
  memory: Founded,
  devices: readonly Device[],
): Promise<Founded> {
  const targets = devices.flatMap(({ id, recommended }): Wish[] =>
    recommended ? [{ deviceId: id, digest: recommended.digest }] : [],
  );
  const wanted = devices.filter(({ recommended }) => recommended !== null).map(({ serial }) => serial);
  const upgrade = targets.length > 0 ? await api.createUpgrade(memory.orgId, targets, "demo") : undefined;
  const ordered = { ...memory, wanted, ...(upgrade && { upgradeId: upgrade.id }) };
  await saveMemory(files, folder, ordered);
  return ordered;
}

export const allOver = (tasks: readonly Task[]): boolean => tasks.every(({ phase }) => isTerminal(phase));
