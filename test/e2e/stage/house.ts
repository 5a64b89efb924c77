import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OrgId } from "@fyr/protocol";
import type { SiteOptions } from "@fyr/simulator";
import { bundle } from "../../bench/bundle.ts";
import { enrolledAgent, type AgentHome, type Range } from "./agent.ts";
import { openHub, type RunningHub } from "./hub.ts";
import { launch, type Program } from "./program.ts";
import { smallDisk, type SmallDisk } from "./small-disk.ts";
import { openTestSite, type TestSite } from "./site.ts";

/** How much faster than life agents wait, and devices flash and boot. */
const AGENT_SPEED = 60;
const DEVICE_SPEED = 120;

export interface Agent extends AgentHome {
  readonly agentId: string;
  readonly name: string;
  readonly logPath: string;
}

/** A hub process, a site of devices, and agent processes as they ship. */
export interface House {
  readonly folder: string;
  readonly orgId: OrgId;
  readonly hub: RunningHub;
  readonly site: TestSite;
  /** @param settings beside those of an agent in a hurry */
  enrol(name: string, ranges: readonly Range[], settings?: Readonly<Record<string, unknown>>): Promise<Agent>;
  start(agent: Agent): Program;
  readonly hubDisk: SmallDisk | null;
  /** A file system of its own for `name` below the folder; gone with the house. */
  smallDisk(name: string, megabytes: number): Promise<SmallDisk>;
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly hubEnv?: Readonly<Record<string, string>>;
  /** Gives the hub a file system of its own. */
  readonly hubDiskMegabytes?: number | undefined;
}

export async function openHouse(
  site: Pick<SiteOptions, "devices" | "firstAddress" | "generations">,
  { hubEnv = {}, hubDiskMegabytes }: HouseOptions = {},
): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-house-"));
  const disks: SmallDisk[] = [];
  const disk = async (name: string, megabytes: number) => {
    const made = await smallDisk(join(folder, name), megabytes);
    disks.push(made);
    return made;
  };
  const hubDisk = hubDiskMegabytes === undefined ? null : await disk("hub", hubDiskMegabytes);
  const [program, hub, running] = await Promise.all([
    bundle(new URL("../../../agent/src/main.ts", import.meta.url)),
    openHub(folder, hubEnv),
    openTestSite({ seed: "house", speed: DEVICE_SPEED, ...site }),
  ]);
  const orgId = await hub.operator.createOrganisation("House");
  await running.importImages(hub.operator);
  const agents: Program[] = [];
  return {
    ...{ folder, orgId, hub, hubDisk, site: running, smallDisk: disk },
    async enrol(name, ranges, settings = {}) {
      const slot = await hub.operator.createAgent(orgId, name);
      const home = await enrolledAgent(join(folder, name), slot, { speed: AGENT_SPEED, ranges, ...settings });
      return { ...home, name, agentId: slot.agent.id, logPath: join(folder, `${name}.log`) };
    },
    start({ folder: data, logPath }) {
      const agent = launch({
        name: "agent",
        command: [process.execPath, program.file, "run", "--json"],
        env: { AGENT_DATA_DIR: data },
        logPath,
      });
      agents.push(agent);
      return agent;
    },
    async close() {
      await Promise.all(agents.map((agent) => agent.end("SIGTERM")));
      await hub.close();
      await Promise.all(disks.map((each) => each.remove()));
      await Promise.all([running.close(), program.remove()]);
      await rm(folder, { recursive: true });
    },
  };
}
