import { join } from "node:path";
import type { Task } from "@fyr/protocol";
import type { AgentHome } from "../e2e/stage/agent.ts";
import { until } from "../e2e/stage/patience.ts";
import type { SiteCamera } from "../e2e/stage/site.ts";
import { readJournal } from "./kept.ts";
import type { KillStage } from "./stage.ts";
import type { Evidence } from "./verdict.ts";

/** Whose upgrade is judged. */
export interface Judged {
  readonly home: AgentHome;
  readonly camera: SiteCamera;
  /** All that were ordered for the device; the last one counts. */
  readonly tasks: readonly Task[];
}

/** Asks hub, journal and device, once everything that is under way had its time to come to rest. */
export async function evidenceOf(
  { hub, hubBook, orgId }: KillStage,
  { home, camera, tasks }: Judged,
): Promise<Evidence> {
  const task = tasks.at(-1);
  if (!task) throw new Error("nothing was ordered");
  const journal = () => readJournal(join(home.folder, "agent.db"), tasks);
  const seen = async () => {
    const devices = await hub.operator.devices(orgId);
    return devices.find(({ serial }) => serial === camera.serial)?.version ?? "no version";
  };
  await patiently("every job is closed", () => journal().jobs.every(({ state }) => state === "closed"));
  camera.clearFaults();
  await patiently("the device rests", () => camera.truth().phase === "ready");
  await patiently("the hub sees what it runs", async () => (await seen()) === camera.truth().active);
  return {
    task: await hub.operator.task(orgId, task.id),
    versionAtHub: await seen(),
    eventsAtHub: (jobId) => hubBook.events(jobId),
    kept: journal(),
    truth: camera.truth(),
  };
}

const RESTS_WITHIN_MS = 20_000;

/** Waits for it, and leaves it to the judge when it does not come. */
const patiently = (what: string, is: () => Promise<boolean> | boolean): Promise<unknown> =>
  until(what, async () => (await is()) || undefined, RESTS_WITHIN_MS).catch(() => undefined);
