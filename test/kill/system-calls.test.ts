import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { isTerminal, type Task } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolledAgent, type AgentHome } from "../e2e/stage/agent.ts";
import { launch, type Program } from "../e2e/stage/program.ts";
import type { SiteCamera } from "../e2e/stage/site.ts";
import { evidenceOf } from "./evidence.ts";
import { AGENT_SPEED } from "./speed.ts";
import { openKillStage, type KillStage } from "./stage.ts";
import {
  censusOf,
  endedAt,
  journalPaths,
  ONE_FILE_THREAD,
  wasEndedAt,
  watched,
  type Aim,
  type Census,
} from "./system-calls.ts";
import { judge, type Complaint } from "./verdict.ts";

/** Security.md F-02: SIGKILL at every change that one whole upgrade makes to the disk, and at everything it sends. */
const isLong = process.env["FYR_LONG"] === "1";
/** Of each kind of call in the short run, spread over the whole upgrade. */
const SAMPLES = 1;
const SHOTS_AT_ONCE = 5;
/** No two runs make exactly as many calls: behind this part of a calm run, the job may be over before its kill comes. */
const CERTAIN = 0.85;
const ENDS_WITHIN_MS = 90_000;
const PATIENCE_MS = isLong ? 3_600_000 : 120_000;

const hasStrace = spawnSync("strace", ["-V"]).status === 0;
const EXPECTED = { ends: ["succeeded"] } as const;

let stage: KillStage;
beforeAll(async () => void (stage = await openKillStage(isLong ? 8_000 : 400, "127.48.0.1")), 120_000);
afterAll(() => stage.close());

interface Post {
  readonly name: string;
  readonly home: AgentHome;
  readonly camera: SiteCamera;
}

async function newPost(name: string): Promise<Post> {
  const camera = stage.site.take("12", ({ dropsOnFlash }) => !dropsOnFlash);
  const slot = await stage.hub.operator.createAgent(stage.orgId, name);
  const settings = { ranges: [camera.range], speed: AGENT_SPEED };
  return { name, camera, home: await enrolledAgent(join(stage.folder, name), slot, settings) };
}

const tracePath = ({ name }: Post): string => join(stage.folder, `${name}.trace`);
const agentCommand = (): string[] => [process.execPath, stage.agentProgram, "run", "--json"];

function start(command: readonly string[], { name, home }: Post): Program {
  const [file = "", ...args] = command;
  return launch({
    name: "agent",
    command: [file, ...args],
    env: { AGENT_DATA_DIR: home.folder, SWEEP_FOLDER: home.folder, ...ONE_FILE_THREAD },
    logPath: join(stage.folder, `${name}.log`),
  });
}

async function order({ camera }: Post): Promise<Task> {
  const { operator } = stage.hub;
  const device = await operator.device(stage.orgId, camera.serial);
  return operator.upgrade(stage.orgId, { device, digest: camera.digest() });
}

/** What an upgrade does that nobody disturbs. */
async function calmRun(): Promise<{ census: Census; post: Post }> {
  const post = await newPost("calm");
  const agent = start(watched(agentCommand(), tracePath(post)), post);
  const task = await order(post);
  await stage.hub.operator.ending(stage.orgId, task.id, ENDS_WITHIN_MS);
  const complaints = judge(EXPECTED, await evidenceOf(stage, { ...post, tasks: [task] }));
  expect(complaints).toEqual([]);
  await agent.end("SIGKILL"); // an orderly end would add what no job does
  return { census: await censusOf(tracePath(post), post.home.folder), post };
}

interface Shot {
  readonly aim: Aim;
  readonly fired: boolean;
  readonly isTerminal: boolean;
  readonly complaints: readonly Complaint[];
}

async function shoot(aim: Aim, pathsFor: (post: Post) => readonly string[]): Promise<Shot> {
  const post = await newPost(`${aim.kind}-${aim.call}-${aim.nth}`);
  let isOver = false;
  let agent = start(endedAt(aim, pathsFor(post), agentCommand(), tracePath(post)), post);
  const firstLife = agent.ended.then(({ code, signal }) => {
    if (isOver) return false;
    agent = start(agentCommand(), post);
    return signal === "SIGKILL" || Promise.reject(new Error(`the agent ended by ${signal ?? code}`));
  });
  firstLife.catch(() => undefined); // is asked for when all is over
  let task: Task | undefined;
  const complaints: Complaint[] = [];
  try {
    task = await order(post);
    task = await stage.hub.operator.ending(stage.orgId, task.id, ENDS_WITHIN_MS);
    complaints.push(...judge(EXPECTED, await evidenceOf(stage, { ...post, tasks: [task] })));
  } catch (error) {
    complaints.push({ of: "terminal", says: String(error) });
  }
  await agent.ready;
  isOver = true;
  await agent.end("SIGTERM");
  const fired = await firstLife.catch((error: unknown) => {
    complaints.push({ of: "process", says: String(error) });
    return true;
  });
  if (fired && !(await wasEndedAt(aim, tracePath(post))))
    complaints.push({ of: "process", says: "it was ended elsewhere" });
  return { aim, fired, complaints, isTerminal: task !== undefined && isTerminal(task.phase) };
}

/** The numbers of the calls to aim at. */
const chosen = (count: number): number[] =>
  isLong
    ? Array.from({ length: count }, (_, at) => at + 1)
    : Array.from({ length: Math.min(SAMPLES, count) }, (_, at) => Math.ceil(((at + 0.5) * count) / SAMPLES));

const allAims = ({ counts }: Census): Aim[] =>
  counts.flatMap(({ kind, call, count }) => chosen(count).map((nth) => ({ kind, call, nth })));

/** The same paths in the folder of another agent, with another device and image. */
function pathsIn(census: Census, calm: Post, { home, camera }: Post): string[] {
  const same = (path: string) =>
    path
      .replace(calm.home.folder, home.folder)
      .replaceAll(calm.camera.serial, camera.serial)
      .replaceAll(calm.camera.digest(), camera.digest());
  return census.files.map(same);
}

/** Fires them all, some at a time, in order. */
async function volley(aims: readonly Aim[], fire: (aim: Aim) => Promise<Shot>): Promise<Shot[]> {
  const left = [...aims];
  const shots: Shot[] = [];
  const rank = async () => {
    for (let aim = left.shift(); aim; aim = left.shift()) shots.push(await fire(aim));
  };
  await Promise.all(Array.from({ length: SHOTS_AT_ONCE }, rank));
  return shots;
}

const textOf = ({ kind, call, nth }: Aim): string => `${kind} ${call} ${nth}`;

test(
  `SIGKILL at ${isLong ? "every" : "some"} system call by which an upgrade is written down or sent`,
  async ({ skip }) => {
    if (!hasStrace) skip("needs the package strace");
    const { census, post: calm } = await calmRun();
    const countOf = ({ kind, call }: Aim) =>
      census.counts.find((one) => one.kind === kind && one.call === call)?.count ?? 0;
    // What SQLite calls to have its log on disk differs between platforms: whichever it is, it is among the aims.
    const syncs = census.counts.filter(({ kind, call }) => kind === "journal" && /sync/.test(call));
    expect(syncs.some(({ count }) => count >= 20)).toBe(true);

    const shots = await volley(allAims(census), (aim) =>
      shoot(aim, (post) =>
        aim.kind === "journal"
          ? journalPaths(post.home.folder)
          : aim.kind === "file"
            ? pathsIn(census, calm, post)
            : [],
      ),
    );

    const fired = shots.filter((shot) => shot.fired);
    const missed = shots.filter((shot) => !shot.fired && shot.aim.nth <= CERTAIN * countOf(shot.aim));
    const about = (promised: Complaint["of"]) =>
      shots.filter(({ complaints }) => complaints.some(({ of }) => of === promised)).length;
    console.log(
      [
        `system calls: ${census.counts.map(({ kind, call, count }) => `${kind} ${call} ${count}`).join(", ")}`,
        `${shots.length} aimed at, ${fired.length} kills, ${shots.length - fired.length} came too late`,
        `${about("flashed twice")} flashed twice, ${about("lost")} jobs lost`,
        `${shots.filter((shot) => shot.isTerminal).length} of ${shots.length} terminal`,
        `${about("known") + about("true")} unknown or untrue`,
      ].join("; "),
    );
    const wrong = shots.flatMap(({ aim, complaints }) =>
      complaints.map(({ of, says }) => `${textOf(aim)}: ${of}: ${says}`),
    );
    expect(wrong).toEqual([]);
    expect(missed.map(({ aim }) => textOf(aim))).toEqual([]);
  },
  PATIENCE_MS,
);
