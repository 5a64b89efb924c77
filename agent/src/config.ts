import { z } from "zod";
import { RangeSetting } from "./discovery/ranges.ts";

const Milliseconds = z.int().positive();
const Count = z.int().positive();

/** Every setting of the agent. In the environment each begins with `AGENT_`, e.g. `AGENT_PARALLEL_UPLOADS`. */
export const AgentConfig = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default("data/agent")
    .describe("Folder with everything the agent keeps; `agent.yaml` in it holds these settings."),
  ranges: z
    .array(RangeSetting)
    .default([])
    .describe("Addresses in which devices are looked for. Nothing outside of them is ever contacted."),
  sweepEveryMs: Milliseconds.default(300_000).describe("Milliseconds from one look for devices to the next."),
  sweepConcurrency: Count.default(10).describe("Addresses asked at one time."),
  sweepPaceMs: z.int().nonnegative().default(20).describe("Milliseconds of rest after each address."),
  parallelFlashes: Count.default(8).describe("Devices that may be changed at the same time."),
  parallelUploads: Count.default(4).describe("Devices that may be sent an image at the same time."),
  mostJobs: Count.default(100).describe("Upgrades taken on at most, waiting ones included."),
  speed: z
    .number()
    .positive()
    .default(1)
    .describe("Divides the times that upgrades wait and may take; for simulated devices only."),
  keepFreeBytes: z
    .int()
    .nonnegative()
    .default(512 * 2 ** 20)
    .describe("Bytes of the disk that images never take."),
  firstSyncMs: z
    .int()
    .nonnegative()
    .default(5_000)
    .describe(
      "The first sync comes within these milliseconds, so that a whole district does not come at once.",
    ),
  gatherMs: z
    .int()
    .nonnegative()
    .default(250)
    .describe("Milliseconds in which reports are gathered before they are sent."),
  doorbell: z
    .boolean()
    .default(true)
    .describe("Whether the hub may ring over MQTT; without it the agent polls."),
  serverProbe: z
    .enum(["none", "simulated", "linux", "windows"])
    .default("none")
    .describe("Which kind of host with an ACS Pro server this is; none where there is no server."),
  serverRoot: z
    .string()
    .default("")
    .describe("Folder of the server: with `host.json` on Linux, its data on Windows when it is elsewhere."),
  serverOnboards: z
    .boolean()
    .default(true)
    .describe("Whether the devices that the server records are looked after too, whatever `ranges` says."),
  serverService: z
    .string()
    .max(200)
    .default("")
    .describe("Name of the server's Windows service; unknown to the agent when empty."),
  serverPublisher: z
    .string()
    .min(1)
    .default("Axis Communications AB")
    .describe("Who must have signed a Windows installer before it is run."),
  serverMsiexec: z.string().min(1).default("msiexec.exe").describe("The Windows Installer."),
  logLevel: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("How much the agent tells in its log."),
  shutdownGraceMs: Milliseconds.default(10_000).describe("Milliseconds for a clean stop."),
});
export type AgentConfig = z.infer<typeof AgentConfig>;
