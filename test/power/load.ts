import { join } from "node:path";
import { serialOf } from "@fyr/hub/testing";
import type { JobEvent, OrgId, Upgrade } from "@fyr/protocol";
import type { Operator } from "../e2e/stage/operator.ts";
import { pause, until } from "../e2e/stage/patience.ts";
import { thinAgent, type ThinAgent } from "../e2e/stage/thin-agent.ts";
import type { SiteCamera } from "../e2e/stage/site.ts";

/** An event that the hub said it has, and when it was heard at the latest, in seconds since 1970. */
export interface Acknowledged {
  readonly hash: JobEvent["hash"];
  readonly heardAt: number;
}

/** The clock that is read here counts whole milliseconds. */
const soon = (): number => (Date.now() + 1) / 1_000;

/**
 * So many agents report so many events each, all at once: the hub writes them down in batches, and answers each.
 *
 * @param like a device of the product that theirs are
 */
export async function reportAtOnce(
  { operator, orgId, folder }: { operator: Operator; orgId: OrgId; folder: string },
  like: SiteCamera,
  agents: number,
): Promise<Acknowledged[]> {
  const { identity, version } = like.blueprint;
  const { prodNbr: model, hardwareId } = identity.model;
  const crew: ThinAgent[] = [];
  try {
    for (let made = 0; made < agents; made++) {
      const slot = await operator.createAgent(orgId, `site ${made}`);
      crew.push(await thinAgent(join(folder, `thin-${made}`), slot));
    }
    const serials = crew.map((_, index) => serialOf(1 + index));
    const reports = crew.map((agent, index) =>
      agent.report({ model, hardwareId, serial: serialOf(1 + index), version }),
    );
    await Promise.all(reports);
    const known = (await operator.devices(orgId)).filter(({ serial }) => serials.includes(serial));
    const targets = known.map(({ id: deviceId }) => ({ deviceId, digest: like.digest() }));
    await operator.post<Upgrade>(`/orgs/${orgId}/upgrades`, { targets });
    return (await Promise.all(crew.map(work))).flat();
  } finally {
    for (const agent of crew) agent.close();
  }
}

/** One upgrade, each of its events reported by itself. */
async function work(agent: ThinAgent): Promise<Acknowledged[]> {
  const job = await until("there is work", async () => {
    await agent.sync();
    return [...agent.jobs.values()][0];
  });
  const heard: Acknowledged[] = [];
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
    const owed = job.outbox();
    await agent.sync();
    while (job.outbox().length > 0) await pause(20).then(() => agent.sync());
    for (const { hash } of owed) heard.push({ hash, heardAt: soon() });
  }
  return heard;
}
