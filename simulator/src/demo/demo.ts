import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Files, Process, Random } from "@fyr/runtime";
import { ensureAccount, originOf } from "./account.ts";
import { hubApi, type HubApi } from "./api.ts";
import { exchangeWith } from "./exchange.ts";
import { freePorts, isFree } from "./free-ports.ts";
import {
  household,
  type HostReady,
  type Household,
  type HouseholdPorts,
  type SiteReady,
} from "./household.ts";
import { loadMemory, saveMemory, type Memory } from "./memory.ts";
import { USUAL, type DemoOptions } from "./options.ts";
import {
  allOver,
  discover,
  importImages,
  order,
  setUp,
  upgradedIn,
  watch,
  type Founded,
  type PlayPorts,
} from "./play.ts";
import type { Screen } from "./screen.ts";
import { readServerTruth, readTruth } from "./truth.ts";
import { judge, type Verdict } from "./verdict.ts";

export type DemoPorts = Omit<HouseholdPorts, "stopping"> & {
  readonly random: Random;
  readonly screen: Screen;
};

const API_PORT = 8443;
const MINUTE_MS = 60_000;
/** The slowest of generations needs some minutes of a device's life; a demo that takes this long is stuck. */
const PATIENCE_MS = 20 * MINUTE_MS;

interface Place {
  readonly folder: string;
  /** Gone with the demo when all went well. */
  readonly temporary: boolean;
}

async function placeFor({ data, once }: DemoOptions): Promise<Place> {
  if (data === undefined && once)
    return { folder: await mkdtemp(join(tmpdir(), "fyr-demo-")), temporary: true };
  return { folder: resolve(data ?? "data/demo"), temporary: false };
}

async function newMemory(options: DemoOptions): Promise<Memory> {
  const { devices = USUAL.devices, seed = USUAL.seed, speed = USUAL.speed, port } = options;
  const [free = 0, agents = 0, mqtt = 0, metrics = 0] = await freePorts(4);
  const api = port ?? ((await isFree(API_PORT)) ? API_PORT : free);
  return { format: 1, devices, seed, speed, ports: { api, agents, mqtt, metrics } };
}

/** What a folder holds cannot be changed by the command line of a later day, except for speed and port. */
async function memoryFor(files: Files, folder: string, options: DemoOptions): Promise<Memory> {
  await files.ensureFolder(folder);
  const kept = await loadMemory(files, folder);
  const { devices, seed, speed, port } = options;
  if (!kept) return newMemory(options);
  if ((devices ?? kept.devices) !== kept.devices || (seed ?? kept.seed) !== kept.seed) {
    throw new Error(
      `${folder} holds a demo of ${kept.devices} devices, seed ${kept.seed}: name another folder with --data.`,
    );
  }
  return { ...kept, speed: speed ?? kept.speed, ports: { ...kept.ports, api: port ?? kept.ports.api } };
}

/** The hub is made, or found as it is; who else works in the folder is noticed here. */
async function ensureHub(
  home: Household,
  files: Files,
  folder: string,
  memory: Memory,
): Promise<Memory & { token: string }> {
  const token = (await home.initHub()) ?? memory.token;
  if (token === undefined)
    throw new Error(`${folder}: the operator's token is lost; begin again in another folder.`);
  const known = { ...memory, token };
  await saveMemory(files, folder, known);
  return known;
}

/** Everything up to the order: on a folder that got further before, only what is missing. */
async function prepare(ports: PlayPorts, memory: Memory, site: SiteReady, host: HostReady): Promise<Founded> {
  const { screen, household: home } = ports;
  const founded = await setUp(ports, memory, site, host);
  if (!memory.wanted) await importImages(ports, site, host);
  await home.agent.start();
  if (founded.wanted) {
    screen.say("Going on where it stopped.");
    return founded;
  }
  screen.say("The agent registers the ACS Pro server on its host, and looks for devices.");
  const seen = await discover(ports, founded);
  return ports.stopping.aborted ? founded : order(ports, founded, seen);
}

/** The upgrades under way, with whatever kills were asked for, until the last task is over. */
async function upgrade(
  ports: PlayPorts,
  memory: Founded,
  options: DemoOptions,
): Promise<Verdict["problems"]> {
  const { clock, household: home, screen, stopping } = ports;
  const { killAgentEvery, killHubEvery } = options;
  const calm = new AbortController();
  const enough = () => calm.abort();
  stopping.addEventListener("abort", enough);
  const killers = [
    ...(killAgentEvery === undefined ? [] : [home.agent.killEvery(killAgentEvery, calm.signal)]),
    ...(killHubEvery === undefined ? [] : [home.hub.killEvery(killHubEvery, calm.signal)]),
  ];
  const until = clock.mono() + PATIENCE_MS * Math.max(1, USUAL.speed / memory.speed);
  const status = statusLine(home, memory);
  const seen = await watch(
    ports,
    memory,
    (now) => status(upgradedIn(now)),
    (now) => allOver(now) || clock.mono() > until,
  );
  enough();
  await Promise.all(killers);
  screen.settle();
  return allOver(seen) || stopping.aborted ? [] : ["not every upgrade came to an end in time"];
}

const statusLine =
  (home: Household, { wanted = [], server }: Memory) =>
  (done: number) => {
    const kills = home.agent.kills() + home.hub.kills();
    return `${done} of ${wanted.length + (server ? 1 : 0)} upgraded${kills > 0 ? `, ${kills} kills survived` : ""}`;
  };

/** How the server's upgrade ended, by the hub and by the server itself; null when none was ordered. */
async function serverEnding(api: HubApi, { orgId, server }: Founded, host: HostReady, stopping: AbortSignal) {
  if (!server) return null;
  const upgrade = stopping.aborted ? null : await api.serverUpgrade(orgId, server.id, server.taskId);
  return { upgrade, truth: await readServerTruth(host) };
}

export interface Ended {
  readonly verdict: Verdict;
  readonly memory: Memory;
  readonly folder: string;
}

/**
 * Plays the demo to its verdict, or until it is stopped.
 *
 * @throws ChildFailed when one of the processes did not start, or ended by itself
 */
export async function playDemo(
  ports: DemoPorts,
  options: DemoOptions,
  { onClose, stopping }: Process,
): Promise<Ended | "stopped"> {
  const { clock, random, files, screen } = ports;
  const began = clock.mono();
  const { folder, temporary } = await placeFor(options);
  let isGood = false;
  onClose("folder", async () => void (temporary && isGood && (await files.remove(folder))));
  const memory = await memoryFor(files, folder, options);
  await saveMemory(files, folder, memory);
  const home = household({ ...ports, stopping }, folder, memory, options.mqtt);
  screen.say(`Everything is kept in ${folder}.`);
  for (const part of ["site", "host", "hub", "agent"] as const) onClose(part, () => home[part].stop());
  onClose("commands", () => home.hush());

  const failed = Promise.race([home.site.failed, home.host.failed, home.hub.failed, home.agent.failed]);
  const story = async (): Promise<Ended> => {
    const known = await ensureHub(home, files, folder, memory);
    const [site, host] = await Promise.all([home.startSite(), home.startHost(), home.hub.start()]);
    screen.say(`${known.devices} devices stand on ${site.firstAddress} … ${site.lastAddress}.`);
    const exchange = exchangeWith(originOf(known));
    const door = { clock, random, exchange, mails: home.mails, readMail: home.readMail, say: screen.say };
    const account = await ensureAccount(door, files, folder, known);
    const proofs = { operatorToken: known.token, ...account };
    const api = hubApi(exchange, proofs, clock);
    const play: PlayPorts = { clock, files, folder, screen, household: home, api, stopping };
    const ordered = await prepare(play, account.memory(), site, host);
    const late = stopping.aborted ? [] : await upgrade(play, ordered, options);
    const tasks =
      ordered.upgradeId && !stopping.aborted ? await api.tasks(ordered.orgId, ordered.upgradeId) : [];
    const truth = await readTruth(site.truthPort);
    const server = await serverEnding(api, ordered, host, stopping);
    const seconds = Math.round((clock.mono() - began) / 100) / 10;
    const kills = { agentKills: home.agent.kills(), hubKills: home.hub.kills() };
    const judged = judge({ wanted: ordered.wanted ?? [], tasks, truth, server, seconds, ...kills });
    const problems = [...late, ...judged.problems];
    isGood = problems.length === 0;
    return { verdict: { ...judged, ok: isGood, problems }, memory: ordered, folder };
  };
  const stopped = new Promise<"stopped">((resolve) =>
    stopping.addEventListener("abort", () => resolve("stopped"), { once: true }),
  );
  return Promise.race([failed, stopped, story()]);
}
