import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Task } from "@fyr/protocol";
import { bundle } from "../bench/bundle.ts";
import { enrolledAgent } from "../e2e/stage/agent.ts";
import { openHub } from "../e2e/stage/hub.ts";
import { until } from "../e2e/stage/patience.ts";
import { launch } from "../e2e/stage/program.ts";
import { openTestSite } from "../e2e/stage/site.ts";
import { readJournal } from "../kill/kept.ts";
import { reportAtOnce, type Acknowledged } from "./load.ts";
import { writeAheadLog, type WriteAheadLog } from "./log.ts";
import { readTrace, traced, type Call } from "./trace.ts";

/** One process as the system saw it. */
export interface Told {
  readonly calls: readonly Call[];
  readonly log: WriteAheadLog;
}

/** What hub and agent did, call by call, while an agent was enrolled, a device upgraded, and many reported. */
export interface Story {
  readonly hub: Told;
  readonly agent: Told;
  readonly agentsPort: number;
  /** The enroller had its answer before this, in seconds since 1970. */
  readonly enrolledAt: number;
  /** As the hub names it. */
  readonly certificate: string;
  readonly device: string;
  readonly task: Task;
  /** What many reported at once, and when they heard that it is stored. */
  readonly acknowledged: readonly Acknowledged[];
}

const SITE = {
  devices: 6,
  seed: "power",
  speed: 240,
  firstAddress: "127.46.0.1",
  generations: ["12"],
} as const;

/** So that something goes to the device before the last part does. */
export const IMAGE_BYTES = 2_000_000;

/** Enough that the hub writes what several said in one transaction. */
const REPORTERS = process.env["FYR_LONG"] === "1" ? 40 : 8;

const REPOSITORY = new URL("../../", import.meta.url);

/**
 * Plays it with the real processes over real sockets.
 *
 * @param sources where the programs come from, when not from this repository
 */
export async function play(sources?: string): Promise<Story> {
  const from = sources === undefined ? REPOSITORY : pathToFileURL(`${sources}/`);
  const folder = await mkdtemp(join(tmpdir(), "fyr-power-"));
  const traceOf = (name: string) => join(folder, `${name}.trace`);
  const [program, hub, site] = await Promise.all([
    bundle(new URL("agent/src/main.ts", from)),
    openHub(folder, {}, new URL("hub/src/main.ts", from), traced(traceOf("hub"))),
    openTestSite(SITE, IMAGE_BYTES),
  ]);
  try {
    const { operator } = hub;
    const orgId = await operator.createOrganisation("Power");
    await site.importImages(operator);
    const camera = site.take("12");
    const slot = await operator.createAgent(orgId, "site");
    const home = await enrolledAgent(join(folder, "agent"), slot, { ranges: [camera.range], speed: 120 });
    const enrolledAt = Date.now() / 1_000;
    const [file = "", ...args] = [
      ...traced(traceOf("agent")),
      process.execPath,
      program.file,
      "run",
      "--json",
    ];
    const agent = launch({
      name: "agent",
      command: [file, ...args],
      env: { AGENT_DATA_DIR: home.folder },
      logPath: join(folder, "agent.log"),
    });
    try {
      const device = await operator.device(orgId, camera.serial);
      const ordered = await operator.upgrade(orgId, { device, digest: camera.digest() });
      const task = await operator.ending(orgId, ordered.id);
      const { chain } = JSON.parse(await readFile(join(home.folder, "identity.json"), "utf8")) as {
        chain: string;
      };
      const journal = () => readJournal(join(home.folder, "agent.db"), [task]);
      const isHeard = () => journal().jobs.every(({ state }) => state === "closed");
      await until("the agent heard that the hub has it all", () => isHeard() || undefined);
      const acknowledged = await reportAtOnce({ operator, orgId, folder }, camera, REPORTERS);
      return await tell();

      async function tell(): Promise<Story> {
        await agent.end("SIGTERM");
        await hub.kill();
        const [hubCalls, agentCalls] = await Promise.all([
          readTrace(traceOf("hub")),
          readTrace(traceOf("agent")),
        ]);
        return {
          hub: { calls: hubCalls, log: writeAheadLog(hubCalls, join(hub.folder, "hub.db-wal")) },
          agent: { calls: agentCalls, log: writeAheadLog(agentCalls, join(home.folder, "agent.db-wal")) },
          agentsPort: hub.agentsPort,
          enrolledAt,
          certificate: new X509Certificate(chain).serialNumber.toLowerCase(),
          device: camera.range.addresses,
          ...{ task, acknowledged },
        };
      }
    } finally {
      await agent.end("SIGKILL");
    }
  } finally {
    await hub.close();
    await Promise.all([site.close(), program.remove()]);
    await rm(folder, { recursive: true });
  }
}
