import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ServerSettings } from "@fyr/agent";
import type { OutcomeEvent } from "@fyr/protocol";
import { openTree, serverPackage, type HostTree, type PackageFault } from "@fyr/simulator";
import { bundle } from "../../bench/bundle.ts";
import { pause, until } from "./patience.ts";
import { smallDisk, type SmallDisk } from "./small-disk.ts";

const run = promisify(execFile);

export const [FROM, TARGET] = ["6.17.26511", "6.18.27687"] as const;
const MACHINE = "4c4c4544-0042-3510";

/** What an agent told the hub, and how its process ended. */
export interface Told {
  readonly signal: NodeJS.Signals | null;
  readonly outcomes: readonly OutcomeEvent[];
  readonly codes: readonly string[];
}

export interface RunWish {
  /** Named point at which it ends itself with SIGKILL, once. */
  readonly killAt?: string;
  readonly settings?: Partial<ServerSettings>;
}

/** A host with a real service, and agents on it, each a process of its own with helpers that outlive it. */
export interface ServerHostStage {
  readonly folder: string;
  readonly root: string;
  readonly tree: HostTree;
  readonly disk: SmallDisk | null;
  /** Runs an agent to its end, or until it kills itself. */
  agent(wish?: RunWish): Promise<Told>;
  /** Ids of the helpers that run on this host. */
  helpers(): Promise<readonly number[]>;
  /** Service, supervisor, helpers and agents are gone at once. */
  cutPower(): Promise<void>;
  close(): Promise<void>;
}

export interface ServerHostWish {
  readonly fault?: PackageFault;
  /** Gives the host a disk of its own, of so many megabytes. */
  readonly diskMegabytes?: number;
}

/** The two programs as one file each: the agent that a helper is, and the agent whose hub is played. */
export async function serverPrograms() {
  const [main, played] = await Promise.all([
    bundle(new URL("../../../agent/src/main.ts", import.meta.url)),
    bundle(new URL("server-agent.ts", import.meta.url)),
  ]);
  return {
    main: main.file,
    played: played.file,
    remove: () => Promise.all([main.remove(), played.remove()]),
  };
}

export async function openServerHost(
  programs: Awaited<ReturnType<typeof serverPrograms>>,
  { fault, diskMegabytes }: ServerHostWish = {},
): Promise<ServerHostStage> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-host-"));
  const root = join(folder, "server-root");
  const disk = diskMegabytes === undefined ? null : await smallDisk(root, diskMegabytes);
  const tree = await openTree({
    ...{ root, node: process.execPath, version: FROM, machineId: MACHINE, devices: [] },
    ...{ controlPort: 0, servicePort: 0, stopMs: 100, bootMs: 100, wait: pause },
  });
  await until("the service is up", async () => (await tree.starts()).length > 0 || undefined);
  const packagePath = join(folder, "package.tgz");
  await writeFile(packagePath, await serverPackage({ version: TARGET, from: FROM, ...(fault && { fault }) }));
  const env = {
    PATH: process.env["PATH"] ?? "",
    NODE_COMPILE_CACHE: join(tmpdir(), "fyr-compiled"),
    ...{ FYR_FOLDER: folder, FYR_PACKAGE: packagePath, FYR_TARGET: TARGET, FYR_AGENT_MAIN: programs.main },
    FYR_UID: `acs-pro-server:${MACHINE}`,
    ...{ AGENT_SERVER_PROBE: "simulated", AGENT_SERVER_ROOT: root },
  };
  const agents = new Set<ReturnType<typeof spawn>>();

  const stage: ServerHostStage = {
    ...{ folder, root, tree, disk },
    async agent({ killAt = "", settings = {} } = {}) {
      const wish = { FYR_KILL_AT: killAt, FYR_SETTINGS: JSON.stringify(settings) };
      const child = spawn(process.execPath, [programs.played], { env: { ...env, ...wish } });
      agents.add(child);
      let [said, errors] = ["", ""];
      child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
      child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString()));
      return new Promise((resolve, reject) =>
        child.once("close", (code, signal) => {
          agents.delete(child);
          if (code) reject(new Error(`the agent ended with ${code}: ${errors.slice(-2_000)}`));
          else resolve({ signal, outcomes: [], codes: [], ...(said !== "" && (JSON.parse(said) as object)) });
        }),
      );
    },
    async helpers() {
      const { stdout } = await run("ps", ["-axo", "pid=,args="]);
      return stdout
        .split("\n")
        .filter((line) => line.includes("server-helper") && line.includes(folder))
        .map((line) => Number.parseInt(line, 10));
    },
    async cutPower() {
      for (const agent of agents) agent.kill("SIGKILL");
      for (const pid of await stage.helpers()) process.kill(pid, "SIGKILL");
      await tree.cutPower();
    },
    async close() {
      tree.hang(null);
      tree.cutWaiting();
      for (const agent of agents) agent.kill("SIGKILL");
      await until("helpers end", async () => (await stage.helpers()).length === 0 || undefined);
      await tree.close();
      await disk?.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return stage;
}

/** A file of a run's folder, as a helper left it. */
export const ofRun = ({ folder }: ServerHostStage, runKey: string, name: string): Promise<string> =>
  readFile(join(folder, "server", "runs", runKey, name), "utf8");
