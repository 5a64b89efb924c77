import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { serialOf, type TestJob } from "@fyr/hub/testing";
import { isFault, isTerminal, type JobEvent, type OrgId, type Task } from "@fyr/protocol";
import { demoImages, makeSite } from "@fyr/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHub, type RunningHub } from "./stage/hub.ts";
import { pause, until } from "./stage/patience.ts";
import { thinAgent, type ThinAgent } from "./stage/thin-agent.ts";

/** Security.md F-10: kills under load, at least a thousand acknowledged reports between two of them in the long run. */
const LOAD =
  process.env["FYR_LONG"] === "1"
    ? { agents: 200, devices: 42, kills: 100 }
    : { agents: 200, devices: 1, kills: 5 };
const PATIENCE_MS = 240_000 + LOAD.kills * 15_000;
const SERVES_AGAIN_MS = 10_000;

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
  await patiently(() => agent.sync());
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
    await hub.operator.post(`/orgs/${orgId}/upgrades`, { targets });

    const expected = wanted * 11;
    const startsMs: number[] = [];
    for (let kill = 1; kill <= LOAD.kills; kill++) {
      const enough = Math.floor((expected * kill) / (LOAD.kills + 1));
      await until(
        `${enough} reports are acknowledged`,
        () => acknowledged.size >= enough || undefined,
        120_000,
      );
      await hub.kill();
      const began = performance.now();
      await hub.start();
      startsMs.push(performance.now() - began);
    }
    await all;

    expect(acknowledged.size).toBeGreaterThanOrEqual(Math.max(1_000, expected));
    expect(missing()).toEqual([]);
    const tasks = await hub.operator.get<{ items: Task[] }>(`/orgs/${orgId}/tasks?phase=succeeded&limit=500`);
    expect(tasks.items).toHaveLength(Math.min(500, wanted));
    expect(tasks.items.every(({ phase }) => isTerminal(phase))).toBe(true);
    expect(Math.max(...startsMs)).toBeLessThan(SERVES_AGAIN_MS);
  },
  PATIENCE_MS,
);

/** What the hub acknowledged and its database does not hold as it was said. */
function missing(): string[] {
  const database = new Database(join(hub.folder, "hub.db"), { readonly: true });
  const find = database.prepare<[string, number], { body: string }>(
    "select body from events where job_id = ? and seq = ?",
  );
  const lost = [...acknowledged.values()].filter((event) => {
    const row = find.get(event.jobId, event.seq);
    return !row || !row.body.includes(event.hash);
  });
  database.close();
  return lost.map((event) => `${event.jobId}/${event.seq}`);
}
