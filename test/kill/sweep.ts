import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileDisk, openStore, type KillPoint } from "@fyr/agent/testing";
import type { Task } from "@fyr/protocol";
import { flashedTwice } from "@fyr/simulator";
import { enrolledAgent, type AgentHome } from "../e2e/stage/agent.ts";
import { pause, until } from "../e2e/stage/patience.ts";
import { launch, type Program } from "../e2e/stage/program.ts";
import type { SiteCamera } from "../e2e/stage/site.ts";
import type { Case } from "./cases.ts";
import { goPath, killsIn } from "./self.ts";
import { AGENT_SPEED } from "./speed.ts";
import type { KillStage } from "./stage.ts";

/** One agent with one device, killed at one point. */
export interface Sweep {
  /** Where its marks are. */
  readonly folder: string;
  readonly home: AgentHome;
  readonly camera: SiteCamera;
  /** Orders the upgrade and waits for its end. */
  order(): Promise<Task>;
  /** For the agent's next life. */
  setSpeed(speed: number): Promise<void>;
  deadlinePasses(): Promise<void>;
  cancelWhenParked(): Promise<void>;
  damageImageOnHub(): Promise<void>;
  metadataIsBack(): Promise<void>;
}

export interface Swept {
  /** What is not as it must be, in words; empty when all is well. */
  readonly complaints: readonly string[];
}

const ENDS_WITHIN_MS = 90_000;

/**
 * Has one device upgraded by an agent of its own that is killed exactly at `point`, and judges how that ended by what
 * the device, the journal and the hub hold.
 */
export async function sweep(stage: KillStage, of: Case, point: KillPoint, turn: number): Promise<Swept> {
  const { operator } = stage.hub;
  const generation = of.generations[turn % of.generations.length] ?? "12";
  const camera = stage.site.take(generation, ({ identity, dropsOnFlash }) =>
    of.hardwareId === undefined
      ? identity.model.hardwareId !== stage.reservedHardwareId && !dropsOnFlash
      : identity.model.hardwareId === of.hardwareId,
  );
  const folder = join(stage.folder, `${camera.serial}`);
  await mkdir(folder);
  const slot = await operator.createAgent(stage.orgId, `${point} ${camera.serial}`);
  const settings = (speed: number) => ({ ranges: [camera.range], speed, doorbell: turn % 2 === 0 });
  const home = await enrolledAgent(join(folder, "agent"), slot, settings(of.speed ?? AGENT_SPEED));
  const tasks: Task[] = [];
  let deadline = Number.POSITIVE_INFINITY;

  async function ask(): Promise<Task> {
    const device = await operator.device(stage.orgId, camera.serial);
    const wish = { device, digest: camera.digest() };
    const limited = of.deadlineMs !== undefined && { deadline: (deadline = Date.now() + of.deadlineMs) };
    const task = await operator.upgrade(stage.orgId, { ...wish, ...limited });
    tasks.push(task);
    return task;
  }
  const ending = ({ id }: Task) => operator.ending(stage.orgId, id, ENDS_WITHIN_MS);
  const isParked = async () =>
    (await operator.task(stage.orgId, lastOf(tasks).id)).holds.some(({ code }) => code === "DISK_FULL");

  const on: Sweep = {
    ...{ folder, home, camera },
    order: async () => ending(await ask()),
    setSpeed: (speed) => home.set(settings(speed)),
    deadlinePasses: () => pause(deadline - Date.now() + 50),
    damageImageOnHub: () => stage.damageOnHub(camera.digest()),
    metadataIsBack: () => stage.metadataIsBack(),
    async cancelWhenParked() {
      await until("the hub shows the hold", async () => (await isParked()) || undefined);
      await operator.cancel(stage.orgId, lastOf(tasks).id);
    },
  };
  if (of.faults) camera.place(...of.faults);
  await of.given?.(on);
  const lives = new Lives(stage, of, point, on);
  try {
    await of.beforehand?.(on);
    const task = await ask();
    await of.ordered?.(on);
    const ended = await ending(task);
    await until("the last kill", () => lives.areSpent || undefined, 20_000);
    await lives.allClosed(tasks);
    const complaints = [...lives.complaints, ...judge(of, camera, ended, lives.journal(tasks))];
    return { complaints: complaints.length > 0 ? [...complaints, await lives.lastWords()] : [] };
  } catch (error) {
    return { complaints: [String(error), ...lives.complaints, await lives.lastWords()] };
  } finally {
    await lives.stop();
  }
}

function lastOf(tasks: readonly Task[]): Task {
  const task = tasks.at(-1);
  if (!task) throw new Error("nothing was ordered");
  return task;
}

interface Kept {
  readonly jobs: readonly { readonly state: string; readonly seq: number; readonly ackedSeq: number }[];
  readonly intents: number;
}

/** The processes of one agent, one after the other over one folder. */
class Lives {
  readonly complaints: string[] = [];
  readonly #stage: KillStage;
  readonly #case: Case;
  readonly #on: Sweep;
  readonly #points: readonly KillPoint[];
  readonly #logPath: string;
  readonly #whole: Promise<void>;
  #program: Program | undefined;
  #isStopping = false;

  constructor(stage: KillStage, of: Case, point: KillPoint, on: Sweep) {
    this.#stage = stage;
    this.#case = of;
    this.#on = on;
    this.#points = [...(of.killFirst ? [of.killFirst] : []), point];
    this.#logPath = join(on.folder, "agent.log");
    this.#whole = this.#live().catch((error: unknown) => void this.complaints.push(String(error)));
  }

  /** Killed at every point that it was to be killed at. */
  get areSpent(): boolean {
    return killsIn(this.#on.folder).join() === this.#points.join();
  }

  async #live(): Promise<void> {
    while (!this.#isStopping) {
      const killed = killsIn(this.#on.folder).length;
      this.#program = this.#start(killed);
      const { code, signal } = await this.#program.ended;
      if (this.#isStopping)
        return void (code === 0 || this.complaints.push(`asked to stop, ended with ${code}`));
      const now = killsIn(this.#on.folder).length;
      if (signal !== "SIGKILL" || now !== killed + 1)
        throw new Error(`the agent ended by ${signal ?? code} after ${now - killed} marks`);
    }
  }

  #start(killed: number): Program {
    const { mostFileBytes, meanwhile = {} } = this.#case;
    const limit = mostFileBytes !== undefined && killed === 0 ? withFileLimit(mostFileBytes) : [];
    const node = [process.execPath, this.#stage.agentProgram, "run", "--json"];
    const [file = "", ...args] = [...limit, ...node];
    return launch({
      name: "agent",
      command: [file, ...args],
      env: {
        AGENT_DATA_DIR: this.#on.home.folder,
        SWEEP_FOLDER: this.#on.folder,
        SWEEP_KILL: this.#points.join(" "),
        SWEEP_HOLD: Object.keys(meanwhile).join(" "),
      },
      logPath: this.#logPath,
      onLine: ({ held }) => void (typeof held === "string" && this.#held(held as KillPoint)),
    });
  }

  #held(point: KillPoint): void {
    const happens = async () => {
      await this.#case.meanwhile?.[point]?.(this.#on);
      await writeFile(goPath(this.#on.folder, point), "");
    };
    happens().catch(
      (error: unknown) => void this.complaints.push(`while held at ${point}: ${String(error)}`),
    );
  }

  /** Every job said everything and was heard. */
  async allClosed(tasks: readonly Task[]): Promise<void> {
    const isClosed = () => this.journal(tasks).jobs.every(({ state }) => state === "closed");
    await until("every job is closed", () => isClosed() || undefined, 20_000);
  }

  /** What the journal holds of these tasks; intents of uploads that an earlier job began are left out. */
  journal(tasks: readonly Task[]): Kept {
    const store = openStore(fileDisk(join(this.#on.home.folder, "agent.db"), 0));
    try {
      const jobs = tasks.flatMap(({ id }) => store.journal.jobsOf(id));
      const runs = jobs.flatMap(({ jobId }) => store.journal.runs(jobId));
      return { jobs, intents: runs.filter((run) => run.act === "transfer" && run.try > 0).length };
    } finally {
      store.close();
    }
  }

  async lastWords(): Promise<string> {
    const log = await readFile(this.#logPath, "utf8").catch(() => "");
    return `killed at ${killsIn(this.#on.folder).join(", ") || "no point"}; its log ends:\n${log.split("\n").slice(-25).join("\n")}`;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#program?.end("SIGTERM");
    await this.#whole;
  }
}

const KIB = 1024;

/** A shell whose `ulimit -f` counts KiB or half of that: the limit is low enough either way. */
const withFileLimit = (bytes: number): string[] => [
  "/bin/sh",
  "-c",
  `ulimit -f ${bytes / KIB}; exec "$@"`,
  "sh",
];

function judge(of: Case, camera: SiteCamera, task: Task, { jobs, intents }: Kept): string[] {
  const truth = camera.truth();
  const complaints: string[] = [];
  const { phase, outcomeCode } = task;
  const said = `${phase}:${outcomeCode}`;
  if (!of.ends.some((end) => end === phase || end === said)) complaints.push(`the hub says ${said}`);

  for (const { rule, upload } of flashedTwice(truth.uploads, { budget: 3, intents }))
    complaints.push(`flashed twice: upload ${upload}, ${rule}`);

  if (of.untouched && truth.uploads.length > 0) complaints.push(`${truth.uploads.length} uploads were begun`);
  if (jobs.length === 0) complaints.push("the job is lost");
  for (const { state, seq, ackedSeq } of jobs) {
    if (state !== "closed" || seq !== ackedSeq)
      complaints.push(`a job is ${state}, heard ${ackedSeq} of ${seq}`);
  }
  return [...complaints, ...untruths(phase, truth)];
}

/** Where the hub says something else than the device is. */
function untruths(phase: Task["phase"], truth: ReturnType<SiteCamera["truth"]>): string[] {
  const { active, committed, target, uploads } = truth;
  const runsTarget = active === target;
  const accepted = uploads.filter(({ verdict }) => verdict === "accepted").length;
  switch (phase) {
    case "succeeded":
      return runsTarget && committed ? [] : [`said succeeded, runs ${active}, committed ${committed}`];
    case "rolled_back":
      return runsTarget || !committed ? [`said rolled back, runs ${active}, committed ${committed}`] : [];
    case "cancelled":
    case "expired":
      return uploads.length > 0 ? [`said ${phase}, yet ${uploads.length} uploads were begun`] : [];
    case "failed":
      return runsTarget && accepted !== 1 ? [`said failed, after ${accepted} uploads`] : [];
    default:
      return [`said ${phase}`];
  }
}
