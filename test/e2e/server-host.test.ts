import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OutcomeEvent } from "@fyr/protocol";
import { sleep, systemClock } from "@fyr/runtime";
import { afterEach, expect, test } from "vitest";
import { serverPackage, type PackageFault } from "../package.ts";
import { openTree, type HostTree } from "./tree.ts";

const AGENT_MAIN = fileURLToPath(new URL("../../../../agent/src/main.ts", import.meta.url));
const MAIN = fileURLToPath(new URL("testing/agent-main.ts", import.meta.url));
const [FROM, TARGET] = ["6.17.26511", "6.18.27687"];
const MACHINE = "4c4c4544-0042-3510";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Stage {
  readonly folder: string;
  readonly tree: HostTree;
  /** Runs an agent to its end, or until it kills itself. */
  run(killAt?: string): Promise<{ signal: NodeJS.Signals | null; said: string; child: ChildProcess }>;
}

async function stage(fault?: PackageFault): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-host-"));
  const root = join(folder, "server-root");
  const wait = (ms: number) => sleep(systemClock, ms);
  const tree = await openTree({
    ...{ root, node: process.execPath, version: FROM, machineId: MACHINE, devices: [] },
    ...{ controlPort: 0, servicePort: 0, stopMs: 100, bootMs: 100, wait },
  });
  closing.push(
    () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
    () => tree.close(),
  );
  const packagePath = join(folder, "package.tgz");
  await writeFile(packagePath, await serverPackage({ version: TARGET, from: FROM, ...(fault && { fault }) }));
  const env = {
    ...{ PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: join(tmpdir(), "fyr-compiled") },
    ...{ FYR_FOLDER: folder, FYR_PACKAGE: packagePath, FYR_TARGET: TARGET, FYR_AGENT_MAIN: AGENT_MAIN },
    FYR_UID: `acs-pro-server:${MACHINE}`,
    ...{ AGENT_SERVER_PROBE: "simulated", AGENT_SERVER_ROOT: root },
  };
  return {
    folder,
    tree,
    run: (killAt = "") =>
      new Promise((resolve) => {
        const args = ["--conditions=source", "--disable-warning=ExperimentalWarning", MAIN];
        const child = spawn(process.execPath, args, { env: { ...env, FYR_KILL_AT: killAt } });
        let said = "";
        child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
        child.stderr.resume();
        child.once("close", (_code, signal) => resolve({ signal, said, child }));
      }),
  };
}

const outcomeIn = (said: string): OutcomeEvent => {
  const { outcomes } = JSON.parse(said) as { outcomes: OutcomeEvent[] };
  expect(outcomes).toHaveLength(1);
  const [outcome] = outcomes;
  if (!outcome) throw new Error("no outcome");
  return outcome;
};

const PATIENCE_MS = 120_000;

test(
  "R-080: a server is really upgraded: its files are replaced, its service restarted, its port away meanwhile",
  { timeout: PATIENCE_MS },
  async () => {
    const { folder, tree, run } = await stage();
    const before = tree.pid();
    const { said } = await run();
    expect(outcomeIn(said)).toMatchObject({ outcome: "succeeded", version: TARGET });
    expect(await tree.installed()).toBe(TARGET);
    expect(await tree.starts()).toEqual([FROM, TARGET]);
    expect(tree.pid()).not.toBe(before);
    const [backup] = await readdir(join(folder, "server-root", "backups"));
    const saved = await readFile(join(folder, "server-root", "backups", backup ?? "", "ACS.FDB"));
    expect(saved.equals(await readFile(join(folder, "server-root", "data", "ACS.FDB")))).toBe(true);
    const [runKey] = await readdir(join(folder, "server", "runs"));
    expect(await readFile(join(folder, "server", "runs", runKey ?? "", "result.json"), "utf8")).toContain(
      "installed",
    );
  },
);

/** Of these the short run takes the two around the helper's start; the sweep beside it takes all, on a played host. */
const POINTS = [
  "server/install/after-intent",
  "server/install/after-act",
  "server/save/after-intent",
  "server/install/before-intent",
  "server/executing/sent/after",
  "server/settling/answered/before",
  "server/verifying/end/before",
];
const isLong = process.env.FYR_LONG === "1";

test.each(isLong ? POINTS : POINTS.slice(0, 2))(
  "the agent is killed with SIGKILL at %s: installed once, told truly",
  { timeout: PATIENCE_MS },
  async (point) => {
    const { tree, run } = await stage();
    expect((await run(point)).signal).toBe("SIGKILL");
    const { said } = await run(point);
    expect(outcomeIn(said)).toMatchObject({ outcome: "succeeded", version: TARGET });
    expect(await tree.starts()).toEqual([FROM, TARGET]);
  },
);

test(
  "a helper goes on when the agent that started it is killed while it installs, and nobody is left to watch",
  { timeout: PATIENCE_MS },
  async () => {
    const { tree, run } = await stage();
    tree.hang(true); // the installer stands still at stopping the service
    expect((await run("server/executing/sent/after")).signal).toBe("SIGKILL");
    expect(await tree.installed()).toBe(FROM);
    tree.hang(false);
    tree.cutWaiting();
    const isDone = async () => (await tree.installed()) === TARGET && tree.pid() !== null;
    for (let tries = 0; tries < 400 && !(await isDone()); tries++) await sleep(systemClock, 50);
    expect(await isDone()).toBe(true); // with no agent alive
    expect(outcomeIn((await run()).said)).toMatchObject({ outcome: "succeeded" });
    expect(await tree.starts()).toEqual([FROM, TARGET]);
  },
);
