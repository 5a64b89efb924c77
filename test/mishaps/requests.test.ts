import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openHubWire, type HubWire } from "@fyr/agent/testing";
import { AGENT_ROUTES, type Task } from "@fyr/protocol";
import { between, pick, seededRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../e2e/stage/patience.ts";
import { eventsOf, hubRows } from "./judge.ts";
import { isLong, openStage, type Post, type Stage } from "./stage.ts";
import { capturedIn, type WireSetting } from "./surroundings.ts";
import type { CapturedRequest, WireFault } from "./unreliable-wire.ts";

const LOAD = isLong ? { seeds: 50, replays: 10_000 } : { seeds: 5, replays: 400 };
const PATIENCE_MS = isLong ? 600_000 : 120_000;

/** Security.md F-16: three of ten requests come to nothing, two of ten come twice. */
const BAD: Omit<WireSetting, "seed" | "paths"> = {
  requestLost: 0.1,
  answerLost: 0.1,
  overtaken: 0.1,
  duplicated: 0.15,
  staleAnswer: 0.08,
  replayed: 0.2,
  longestDelayMs: 2_000,
};
const FAULTS = ["requestLost", "answerLost", "overtaken", "duplicated", "staleAnswer", "replayed"] as const;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    ...{ devices: 30 + 5 * LOAD.seeds, firstAddress: "127.47.0.1", generations: ["12"] },
    hubEnv: { HUB_IDLE_POLL_MS: "300", HUB_BUSY_POLL_MS: "150" },
  });
}, PATIENCE_MS);
afterAll(() => stage.close());

interface Run {
  readonly post: Post;
  /** What the hub was told of the job, without what differs from one device and moment to the next. */
  readonly story: readonly string[];
  /** What the hub's audit says was done, and what came of it. */
  readonly audited: readonly string[];
}

/** One upgrade from order to end. */
async function run(name: string, wire?: WireSetting): Promise<Run> {
  const post = await stage.newAgent(name);
  post.start(wire && { wire });
  const task = await post.ended(await post.order(), PATIENCE_MS);
  expect(await post.complaints(task)).toEqual([]);
  return { post, story: storyOf(task), audited: auditOf(task) };
}

const TOLD = ["kind", "state", "step", "phase", "outcome", "code"] as const;

const storyOf = (task: Task): string[] =>
  eventsOf(stage.hub, task).map(({ seq, body }) => {
    const told = JSON.parse(body) as Partial<Record<string, string>>;
    return [seq, ...TOLD.map((name) => told[name] ?? "-")].join(" ");
  });

const auditOf = ({ id }: Task): string[] =>
  hubRows<{ done: string }>(
    stage.hub,
    "select action || ' ' || after as done from audit where object = ? order by seq",
    id,
  ).map(({ done }) => done);

/** Agents whose wire has these faults, a seed each, side by side; each fault has fired when they are through. */
async function runAll(name: string, paths: readonly string[]): Promise<Run[]> {
  const seeds = Array.from({ length: LOAD.seeds }, (_, seed) => `${name} ${seed}`);
  const runs = await Promise.all(seeds.map((seed) => run(seed, { ...BAD, paths, seed })));
  const fired = (fault: WireFault) => runs.reduce((sum, { post }) => sum + post.wireFaults(fault), 0);
  for (const fault of FAULTS) await until(`${fault} fired`, () => fired(fault) > 0 || undefined);
  return runs;
}

test(
  "syncs that are lost, doubled, late, answered wrongly and repeated tell the hub the same as clean ones",
  async () => {
    const [clean, ...bad] = await Promise.all([run("clean"), runAll("syncs", [AGENT_ROUTES.sync])]).then(
      ([one, others]) => [one, ...others],
    );
    for (const { story, audited } of bad) {
      expect(story).toEqual(clean?.story);
      expect(audited).toEqual(clean?.audited);
    }
  },
  PATIENCE_MS,
);

/** Waiting for what the hub could not say or send, and asking again, is all that may be added. */
function withoutDetours(story: readonly string[]): string[] {
  const told = story.map((line) => line.slice(line.indexOf(" ") + 1));
  return told.filter((line, at) => !line.includes("parked") && told.indexOf(line) === at);
}

test(
  "when images and their metadata are lost too, the device still ends as on a clean line",
  async () => {
    const clean = await run("clean again");
    for (const { story, audited } of await runAll("everything", ["/agent/"])) {
      expect(withoutDetours(story)).toEqual(withoutDetours(clean.story));
      expect(audited).toEqual(clean.audited);
    }
  },
  PATIENCE_MS,
);

/** All that the hub believes, but for when it last heard of whom. */
const beliefs = (): unknown =>
  [
    ...["events", "tasks", "audit", "commands", "task_counts"].map((table) => `select * from ${table}`),
    "select org_id, serial, model, version, trouble, agent_id from devices",
  ].map((sql) => hubRows(stage.hub, `${sql} order by 1, 2, 3`));

async function wireAs({ folder }: Post): Promise<HubWire> {
  const identity = JSON.parse(await readFile(join(folder, "identity.json"), "utf8")) as Record<
    string,
    string
  >;
  const { syncUrl: url = "", root: rootPem = "", keyPem = "", chain: chainPem = "" } = identity;
  return openHubWire({ url, rootPem, credentials: { keyPem, chainPem } });
}

const sendAgain = (wire: HubWire, { body, ...request }: CapturedRequest) =>
  wire.exchange({
    ...request,
    body: Buffer.from(body, "base64"),
    ...{ maxBodyBytes: 8 * 2 ** 20, idleMs: 10_000 },
  });

test(
  "what was captured changes nothing when it is sent again later, in any order, from anywhere",
  async () => {
    const captured = { ...BAD, ...{ requestLost: 0, answerLost: 0, overtaken: 0, replayed: 0 } };
    const { post } = await run("captured", { ...captured, paths: [AGENT_ROUTES.sync], seed: "captured" });
    const other = await stage.newAgent("another");
    await post.program().end("SIGKILL");
    const requests = capturedIn(post.marks);
    expect(requests.length).toBeGreaterThan(10);
    const before = beliefs();
    const random = seededRandom("replays");
    const statuses = new Map<string, number>();
    let wires = [await wireAs(post), await wireAs(other)] as const;
    for (let sent = 0; sent < LOAD.replays; sent++) {
      if (sent % 20 === 19) {
        wires.forEach((wire) => wire.close());
        wires = [await wireAs(post), await wireAs(other)];
      }
      const who = between(random, 0, 1);
      const { status } = await sendAgain(wires[who as 0 | 1], pick(random, requests));
      const key = `${who === 0 ? "its own" : "another's"} ${status}`;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
    }
    wires.forEach((wire) => wire.close());
    expect([...statuses.keys()].sort()).toEqual(["another's 403", "its own 200", "its own 204"]);
    expect(beliefs()).toEqual(before);
  },
  PATIENCE_MS,
);
