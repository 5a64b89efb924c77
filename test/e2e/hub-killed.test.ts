import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { serialOf, type TestJob } from "@fyr/hub/testing";
import { isFault, type JobEvent, type OrgId, type Upgrade, type UpgradeId } from "@fyr/protocol";
import { demoImages, makeSite } from "@fyr/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { breakIn, openHubBook } from "./stage/hub-book.ts";
import { openHub, type RunningHub } from "./stage/hub.ts";
import { pause, until } from "./stage/patience.ts";
import { thinAgent, type ThinAgent } from "./stage/thin-agent.ts";

/** Kills under load (security.md F-10). `between`: reports that the hub acknowledges from one kill to the next. */
const LOAD =
  process.env["FYR_LONG"] === "1"
    ? { agents: 200, devices: 60, kills: 100, between: 1_000 }
    : { agents: 200, devices: 1, kills: 5, between: 200 };
/** What an upgrade that goes well tells the hub. */
const EVENTS_PER_JOB = 11;
/** Of one order, which is not to be larger than the API takes. */
const MOST_TARGETS = 5_000;
const PATIENCE_MS = 240_000 + LOAD.kills * 15_000;
const SERVES_AGAIN_MS = 10_000;
const SAID_WITHIN_MS = 60_000;
/** So often that a kill comes while the agents still have something to say. */
const LOOK_EVERY_MS = 5;

const MODEL = makeSite({ devices: 1, seed: "load", generations: ["12"] });

let folder: string;
let hub: RunningHub;
let orgId: OrgId;
let agents: ThinAgent[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-load-"));
  hub = await openHub(folder);
  orgId = await hub.operator.createOrganisation("Load");
  agents = [];
  for (let made = 0; made < LOAD.agents; made++) {
    const slot = await hub.operator.createAgent(orgId, `site ${made}`);
    agents.push(await thinAgent(join(folder, `agent-${made}`), slot));
  }
}, PATIENCE_MS);
afterAll(async () => {
  for (const agent of agents) agent.close();
  await hub.close();
  await rm(folder, { recursive: true });
});

/** Everything that the hub said it has. */
const acknowledged = new Map<string, JobEvent>();
/** Reports that are on their way to the hub or back. */
let underWay = 0;
let isOver = false;

/** Says it until the hub has answered, as an agent does whose hub is away. */
async function patiently<T>(say: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await say();
    } catch (error) {
      const isAway = !(error instanceof Error) || "code" in error || isFault(error);
      if (!isAway || isOver) throw error;
      if (isFault(error) && error.retry !== "transient") throw error;
      await pause(50);
    }
  }
}

function note(job: TestJob, before: number): void {
  const heard = job.events.length - job.outbox().length;
  for (const event of job.events.slice(before, heard)) acknowledged.set(`${event.jobId}/${event.seq}`, event);
}

async function tell(agent: ThinAgent, job: TestJob): Promise<void> {
  const before = job.events.length - job.outbox().length;
  await patiently(() => {
    underWay++;
    return agent.sync().finally(() => underWay--);
  });
  note(job, before);
}

/** One upgrade, each of its events reported by itself. */
async function work(agent: ThinAgent, job: TestJob): Promise<void> {
  const acts = [
    ...(["accepted", "staging", "armed", "executing"] as const).map((state) => () => job.state(state)),
    () => job.step("transfer"),
    () => job.step("transfer", "lastChunk"),
    () => job.state("settling"),
    () => job.state("verifying"),
    () => job.step("trial", "done"),
    () => job.step("commit", "done"),
    () => job.end("succeeded", null, job.grant.targetVersion),
  ];
  for (const act of acts) {
    act();
    await tell(agent, job);
  }
  while (!job.closed) await tell(agent, job);
}

async function live(agent: ThinAgent, index: number): Promise<void> {
  const { identity, version } = MODEL.blueprint(0);
  const { prodNbr: model, hardwareId } = identity.model;
  const devices = Array.from({ length: LOAD.devices }, (_, nth) => ({
    ...{ model, hardwareId, serial: serialOf(1 + index * LOAD.devices + nth) },
    version: version as never,
  }));
  await patiently(() => agent.report(...devices));
  const done = new Set<TestJob>();
  while (done.size < LOAD.devices) {
    const next = [...agent.jobs.values()].find((job) => !done.has(job));
    if (next) done.add(next);
    await (next ? work(agent, next) : patiently(() => agent.sync()).then(() => pause(100)));
  }
}

test(
  `a hub killed ${LOAD.kills} times while ${LOAD.agents} agents report loses nothing that it acknowledged`,
  async () => {
    const [image] = demoImages(MODEL, 10_000);
    const { identity } = MODEL.blueprint(0);
    const fits = { models: identity.model.prodNbr, hardwareIds: identity.model.hardwareId };
    const { digest } = await hub.operator.importImage((await image?.make()) ?? "", fits);
    const lives = agents.map((agent, index) => live(agent, index));
    const all = Promise.all(lives).finally(() => (isOver = true));
    all.catch(() => {});

    const wanted = LOAD.agents * LOAD.devices;
    const devices = await until("every device is known", async () => {
      const known = await hub.operator.devices(orgId);
      return known.length === wanted ? known : undefined;
    });
    const targets = devices.map(({ id: deviceId }) => ({ deviceId, digest }));
    const upgradeIds: UpgradeId[] = [];
    for (let at = 0; at < wanted; at += MOST_TARGETS) {
      const some = { targets: targets.slice(at, at + MOST_TARGETS) };
      upgradeIds.push((await hub.operator.post<Upgrade>(`/orgs/${orgId}/upgrades`, some)).id);
    }

    const kills: Kill[] = [];
    const trouble = await (async () => {
      while (kills.length < LOAD.kills) kills.push(await killUnderLoad());
      await until("everything is said", () => isOver || undefined, SAID_WITHIN_MS);
      await all;
    })().catch((error: unknown) => error);
    isOver = true;

    // An agent whose report got lost waits for ever: what was lost tells more than that.
    const lost = lostAtHub();
    console.log(line(kills, lost));
    expect(lost).toEqual([]);
    expect(trouble).toBeUndefined();
    expect(kills).toHaveLength(LOAD.kills);
    expect(Math.min(...kills.map(({ acknowledged }) => acknowledged))).toBeGreaterThanOrEqual(LOAD.between);
    expect(Math.min(...kills.map(({ cutOff }) => cutOff))).toBeGreaterThan(0);
    expect(Math.max(...kills.map(({ awayMs }) => awayMs))).toBeLessThan(SERVES_AGAIN_MS);
    expect(acknowledged.size).toBe(wanted * EVENTS_PER_JOB);
    expect(acknowledged.size).toBeGreaterThanOrEqual(1_000);
    expect(await disagreements(upgradeIds, wanted)).toEqual([]);
  },
  PATIENCE_MS,
);

interface Kill {
  /** Reports that the hub acknowledged since the kill before. */
  readonly acknowledged: number;
  /** Reports that the kill caught on their way. */
  readonly cutOff: number;
  /** Until it served again. */
  readonly awayMs: number;
}

async function killUnderLoad(): Promise<Kill> {
  const before = acknowledged.size;
  const said = () => acknowledged.size - before;
  await until(
    `${LOAD.between} reports are acknowledged`,
    () => said() >= LOAD.between || undefined,
    SAID_WITHIN_MS,
    LOOK_EVERY_MS,
  );
  const [cutOff, heard] = [underWay, said()];
  await hub.kill();
  const began = performance.now();
  await hub.start();
  return { acknowledged: heard, cutOff, awayMs: performance.now() - began };
}

/** What the hub acknowledged and its database does not hold as it was said. */
function lostAtHub(): string[] {
  const book = openHubBook(hub.folder, orgId);
  const held = new Map(book.jobs().map((jobId) => [jobId, book.events(jobId)]));
  book.close();
  return [...acknowledged]
    .filter(([, event]) => !isDeepStrictEqual(held.get(event.jobId)?.[event.seq - 1], event))
    .map(([key]) => key);
}

/** Where the hub contradicts itself, or what really became of the jobs. */
async function disagreements(upgradeIds: readonly UpgradeId[], wanted: number): Promise<string[]> {
  const book = openHubBook(hub.folder, orgId);
  const { counted, kept } = book.counts();
  const jobs = book.jobs();
  const broken = jobs.map((jobId) => [jobId, breakIn(book.events(jobId))] as const);
  book.close();
  let succeeded = 0;
  for (const id of upgradeIds) {
    const { counts } = await hub.operator.get<Upgrade>(`/orgs/${orgId}/upgrades/${id}`);
    succeeded += counts.succeeded ?? 0;
  }
  return [
    ...broken.flatMap(([jobId, what]) => (what === null ? [] : [`${jobId}: ${what}`])),
    ...(jobs.length === wanted ? [] : [`${jobs.length} jobs for ${wanted} devices`]),
    ...(succeeded === wanted ? [] : [`the hub says that ${succeeded} of ${wanted} succeeded`]),
    ...(isDeepStrictEqual(counted, kept) ? [] : ["the counters are not what is counted"]),
  ];
}

function line(kills: readonly Kill[], lost: readonly string[]): string {
  const least = Math.min(...kills.map(({ acknowledged }) => acknowledged));
  const cutOff = kills.reduce((sum, kill) => sum + kill.cutOff, 0);
  const longest = Math.round(Math.max(...kills.map(({ awayMs }) => awayMs)));
  return [
    `hub killed under load: ${LOAD.agents} agents, ${kills.length} kills, ${acknowledged.size} reports acknowledged`,
    `at least ${least} before each kill, ${cutOff} cut off, ${lost.length} lost, away for at most ${longest} ms`,
  ].join(", ");
}
