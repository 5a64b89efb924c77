import { challengeFor, codeId, readEnrolmentCode } from "@fyr/certs";
import { fakeAgentKeys, readFakeCertificate } from "@fyr/certs/testing";
import type { Identity } from "@fyr/agent";
import { identityFiles } from "@fyr/agent/testing";
import type { AgentIdentity } from "@fyr/hub";
import { blankHubImage, CHANNEL, FOUNDER, ownerOf } from "@fyr/hub/testing";
import { WIRE_VERSION, type AgentId, type OrgId } from "@fyr/protocol";
import { makeSite, openSite, type LiveSite, type Timing } from "@fyr/simulator";
import { agentHost, FOLDER, SPEED, type AgentHost } from "./agent-host.ts";
import { BEGAN_MS, lifeClock, newLife } from "./core/life.ts";
import { newStage, type Stage } from "./core/stage.ts";
import { blankAgentImage, hostDisk, type HostDisk } from "./disk/index.ts";
import { hubHost, type HubHost } from "./hub-host.ts";
import { hubLine } from "./hub-line.ts";
import { library, type Library } from "./images.ts";
import { siteLan } from "./lan.ts";
import type { WorldOptions } from "./options.ts";
import { newWitness, type Witness } from "./witness.ts";

/** One agent with its site. */
export interface WorldAgent {
  readonly orgId: OrgId;
  readonly host: AgentHost;
  readonly site: LiveSite;
  /** The password of its devices: a word that must never leave the site. */
  readonly password: string;
  revoked: boolean;
}

export interface World {
  readonly stage: Stage;
  readonly witness: Witness;
  readonly library: Library;
  readonly hub: HubHost;
  readonly hubDisk: HostDisk;
  readonly organisations: readonly OrgId[];
  readonly agents: readonly WorldAgent[];
  /** Where the next passes of this agent through a named point end its process; set by the storm. */
  endsAt: (agent: WorldAgent, point: string) => boolean;
}

/** In seconds of a device's own time, a third of life's; dark for longer than the agent looks away. */
const BRISK: Timing = { flashing: [10, 40], leaving: [1, 3], dark: [18, 40], booting: [3, 15] };

/** Devices are simulated with the password that they have from the start. */
const PASSWORD = "pass";

/** Builds a hub, its organisations and their enrolled sites; nothing goes wrong yet. */
export async function openWorld(options: WorldOptions, onLine?: (line: string) => void): Promise<World> {
  const stage = newStage(options, onLine);
  const witness = newWitness();
  const images = await library(options.largeImages);
  const identities = new Map<AgentId, AgentIdentity>();
  const agents: WorldAgent[] = [];
  const organisations: OrgId[] = [];
  const disk = hostDisk({
    host: "hub",
    clock: trueClock(stage),
    random: stage.random("hub disk"),
    image: await blankHubImage(),
    onDurable() {
      hub.committed();
      witness.tell.hubCommitted();
    },
  });
  const hub = hubHost(stage, images, disk, {
    started: () => witness.tell.hubStarted(),
    cut: () => {},
    broke: (error) => stage.accuse("X0", (error as Error).stack ?? String(error)),
    identityOf: (agentId) => found(identities.get(agentId)),
  });
  const world: World = {
    ...{ stage, witness, library: images, hub, hubDisk: disk, organisations, agents },
    endsAt: () => false,
  };
  await during(stage, hub.start());
  for (let org = 0; org < options.organisations; org++) {
    const services = found(hub.services());
    const { id: orgId } = await services.createOrganisation(FOUNDER, { name: `Organisation ${org}` });
    organisations.push(orgId);
    for (let nth = 0; nth < options.agents; nth++) {
      const { code } = await services.createAgent(ownerOf(orgId), { name: `Site ${nth}` });
      const identity = await enrolled(world, code, agents.length);
      identities.set(identity.agentId, asHubKnows(identity));
      agents.push(await openAgent(world, identity, agents.length));
    }
  }
  for (const { host } of agents) void host.start();
  return world;
}

export function found<T>(thing: T | null | undefined): T {
  if (thing === null || thing === undefined) throw new Error("the world lacks a part");
  return thing;
}

const trueClock = (stage: Stage) => lifeClock(stage.time, newLife("true time"), { offMs: 0 });

/** Lets time pass until `work` is over. */
async function during(stage: Stage, work: Promise<void>): Promise<void> {
  let over = false;
  void work.then(() => (over = true));
  while (!over && (await stage.time.step()));
}

const asHubKnows = ({ orgId, agentId, chain }: Identity): AgentIdentity => ({
  ...{ orgId, agentId },
  certificateSerial: readFakeCertificate(chain).serial,
});

async function enrolled({ stage, hub }: World, code: string, index: number): Promise<Identity> {
  const keys = fakeAgentKeys(stage.random(`enrolment ${index}`));
  const { keyPem, publicKeySpki } = keys.create();
  const read = readEnrolmentCode(code);
  const request = await keys.request(keyPem, challengeFor(read, publicKeySpki, CHANNEL));
  const told = await hub.enrol({
    ...{ wire: WIRE_VERSION, codeId: codeId(read), request },
    ...{ hostName: "gateway", agentVersion: "0.1.0" },
  });
  const { orgId, agentId, chain, root, syncUrl, mqttUrl, orderKeys, imageRoot } = told;
  const isDue = stage.options.faults.renewalDue !== undefined;
  if (isDue) stage.fired("renewalDue");
  const renewAt = BEGAN_MS + (isDue ? 300_000 : told.renewInMs);
  return { format: 1, orgId, agentId, keyPem, chain, root, syncUrl, mqttUrl, orderKeys, imageRoot, renewAt };
}

async function openAgent(world: World, identity: Identity, index: number): Promise<WorldAgent> {
  const { stage, witness, hub } = world;
  const { orgId, agentId } = identity;
  const disk = hostDisk({
    host: agentId,
    clock: trueClock(stage),
    random: stage.random(`disk ${agentId}`),
    image: blankAgentImage(),
  });
  await identityFiles(disk.start().files, FOLDER).save("current", identity);
  disk.kill();
  const plan = makeSite({
    devices: stage.options.devices,
    seed: `world ${stage.options.seed} ${index}`,
    firstAddress: `127.20.${index}.1`,
    speed: SPEED,
    generations: stage.options.generations,
  });
  const site = await openSite(plan, {
    clock: trueClock(stage),
    madeMs: BEGAN_MS,
    ...(stage.options.brisk && { timing: BRISK }),
    broke: (serial, error) => stage.trace.say(serial, String(error)),
    keeper: {
      load: () => Promise.resolve(new Map()),
      save: (serial) => witness.tell.deviceChanged(agent, serial),
      flush: () => Promise.resolve(),
    },
  });
  const lan = siteLan(stage, () => site, agentId, {
    begins: (device) => witness.tell.uploadBegins(agent, device),
    tail: (device) => witness.tell.uploadEnds(agent, device),
  });
  const line = hubLine(stage, hub, agentId, witness.tell);
  const addresses = `${plan.firstAddress}-${plan.lastAddress}`;
  const host = agentHost({
    ...{ stage, agentId, disk, line, lan, addresses, password: PASSWORD },
    started: () => witness.tell.agentStarted(agent),
    down: (how) => witness.tell.agentDown(agent, how),
    endsAt: (point) => world.endsAt(agent, point),
  });
  const agent: WorldAgent = { orgId, host, site, password: PASSWORD, revoked: false };
  return agent;
}
