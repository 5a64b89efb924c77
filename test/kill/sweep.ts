import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KillPoint } from "@fyr/agent/testing";
import { isTerminal, type Task } from "@fyr/protocol";
import { enrolledAgent, type AgentHome } from "../e2e/stage/agent.ts";
import { pause, until } from "../e2e/stage/patience.ts";
import type { SiteCamera } from "../e2e/stage/site.ts";
import type { Case } from "./cases.ts";
import { evidenceOf } from "./evidence.ts";
import { Lives } from "./lives.ts";
import { killsIn } from "./self.ts";
import { AGENT_SPEED } from "./speed.ts";
import type { KillStage } from "./stage.ts";
import { judge, type Complaint } from "./verdict.ts";

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
  /** How often the process was ended. */
  readonly kills: number;
  readonly isTerminal: boolean;
  /** Empty when all is well. */
  readonly complaints: readonly Complaint[];
  /** For people who look into a complaint. */
  readonly lastWords: string;
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
  let ended: Task | undefined;
  const complaints: Complaint[] = [];
  try {
    await of.beforehand?.(on);
    const task = await ask();
    await of.ordered?.(on);
    ended = await ending(task);
    await until("the last kill", () => lives.areSpent || undefined, 20_000);
    complaints.push(...judge(of, await evidenceOf(stage, { home, camera, tasks })));
  } catch (error) {
    complaints.push({ of: ended ? "process" : "terminal", says: String(error) });
  } finally {
    await lives.stop();
  }
  complaints.push(...lives.complaints);
  return {
    kills: killsIn(folder).length,
    isTerminal: ended !== undefined && isTerminal(ended.phase),
    complaints,
    lastWords: complaints.length > 0 ? await lives.lastWords() : "",
  };
}

function lastOf(tasks: readonly Task[]): Task {
  const task = tasks.at(-1);
  if (!task) throw new Error("nothing was ordered");
  return task;
}
