import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { testPki, type TestPki } from "@fyr/certs/testing";
import { systemClock, systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { identityFiles, type Identity } from "../link/identity.ts";
import { lockFolder } from "../store/index.ts";
import type { Machine } from "./machine.ts";
import { createProgram } from "./program.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

let pki: TestPki;
let folder: string;
let children: ChildProcess[];

beforeAll(async () => void (pki = await testPki(Date.now())));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-agent-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** An enrolled folder whose hub is away: port 9 of this machine. */
async function enrolled(): Promise<Identity> {
  const name = {
    orgId: "01900000-0000-7000-8000-000000000001" as Identity["orgId"],
    agentId: "01900000-0000-7000-8000-000000000002" as Identity["agentId"],
  };
  const { keyPem, chainPem } = await pki.agent(name);
  const identity: Identity = {
    format: 1,
    ...name,
    keyPem,
    chain: chainPem,
    root: pki.rootPem,
    syncUrl: "https://localhost:9",
    mqttUrl: null,
    orderKeys: [{ keyid: "0".repeat(64), publicKey: "AA==" }],
    imageRoot: { signed: {}, signatures: [] },
    renewAt: Date.now() + 864_000_000,
  };
  await identityFiles(systemFiles, folder).save("current", identity);
  return identity;
}

/** One command inside this process, with what it printed. */
async function command(
  args: readonly string[],
  env: Record<string, string> = {},
  secret = "",
): Promise<string> {
  const printed: string[] = [];
  const machine: Machine = {
    clock: systemClock,
    random: systemRandom,
    ids: uuid7Ids(systemClock, systemRandom),
    files: systemFiles,
    env,
    hostName: "gateway",
    pid: process.pid,
    askSecret: async () => secret,
    print: (line) => void printed.push(line),
  };
  await createProgram(machine).parseAsync([...args, "--data", folder], { from: "user" });
  return printed.join("\n");
}

interface Run {
  readonly pid: number;
  readonly ready: Promise<Record<string, unknown>>;
  readonly ended: Promise<{ code: number | null; said: string; log: string }>;
  kill(signal: NodeJS.Signals): void;
}

/** The agent as a process of its own. */
function run(env: Record<string, string> = {}): Run {
  const args = [
    "--conditions=source",
    "--disable-warning=ExperimentalWarning",
    MAIN,
    "run",
    "--json",
    "--data",
    folder,
  ];
  const child = spawn(process.execPath, args, {
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "fyr-compiled"), ...env },
  });
  children.push(child);
  let said = "";
  let log = "";
  const ready = new Promise<Record<string, unknown>>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      said += `${line}\n`;
      resolve(JSON.parse(line) as Record<string, unknown>);
    });
  });
  child.stderr.on("data", (bytes: Buffer) => (log += bytes.toString()));
  const ended = new Promise<Awaited<Run["ended"]>>((resolve) =>
    child.once("close", (code) => resolve({ code, said, log })),
  );
  return { pid: child.pid ?? 0, ready, ended, kill: (signal) => void child.kill(signal) };
}

const contents = async () =>
  Promise.all(
    (await readdir(folder))
      .sort()
      .map(async (name) => [name, (await stat(join(folder, name))).mtimeMs] as const),
  );

test("a second agent in one folder leaves, says that it is taken, and writes nothing", async () => {
  await enrolled();
  const free = lockFolder(folder);
  const before = await contents();
  const { code, said, log } = await run().ended;
  expect([code, said]).toEqual([1, ""]);
  expect(log).toContain("INSTANCE_RUNNING");
  expect(await contents()).toEqual(before);
  free();
});

test("an agent says when it is ready; killed, it gives its folder free; asked to stop, it ends well", async () => {
  const { agentId } = await enrolled();
  const first = run();
  expect(await first.ready).toMatchObject({ ready: true, agentId, pid: first.pid });
  await expect(command(["run"])).rejects.toThrow(`"pid":${first.pid}`);
  expect(JSON.parse(await command(["status", "--json"]))).toMatchObject({
    agentId,
    running: true,
    jobs: [],
    servers: [],
  });
  expect(JSON.parse(await command(["devices", "--json"]))).toEqual([]);
  first.kill("SIGKILL");
  await first.ended;
  expect(JSON.parse(await command(["status", "--json"]))).toMatchObject({ running: false });

  const second = run();
  expect(await second.ready).toMatchObject({ ready: true, pid: second.pid });
  second.kill("SIGTERM");
  expect(await second.ended).toMatchObject({ code: 0 });
});

test("what is missing or wrong is said by name", async () => {
  await expect(command(["status"])).rejects.toThrow("ENROL_MISSING");
  await enrolled();
  await writeFile(join(folder, "agent.yaml"), "parallelUploads: many\n");
  await expect(command(["devices"])).rejects.toThrow("parallelUploads");
  await writeFile(join(folder, "agent.yaml"), "ranges: [ 10.0.0.0/8 ]\n");
  await expect(command(["devices"])).rejects.toThrow("ADDRESS_REFUSED");
});

test("passwords go in by asking, and come out nowhere", async () => {
  await enrolled();
  const canary = "kanarie-4711-hemlig";
  const said = [
    await command(["credentials", "add", "--user", "root"], {}, canary),
    await command(["credentials", "add", "--user", "ops", "--device", "accc8e012345"], {
      AGENT_PASSWORD: canary,
    }),
    await command(["credentials", "list", "--json"]),
  ];
  expect(JSON.parse(said[2] ?? "")).toEqual([
    { scope: "default", user: "root" },
    { scope: "device:ACCC8E012345", user: "ops" },
  ]);
  expect(said.join()).not.toContain(canary);
  for (const name of await readdir(folder)) {
    const bytes = await systemFiles.read(join(folder, name));
    for (const text of [canary, Buffer.from(canary).toString("base64"), Buffer.from(canary).toString("hex")])
      expect(Buffer.from(bytes ?? []).includes(text)).toBe(false);
  }
  await command(["credentials", "remove"]);
  expect(JSON.parse(await command(["credentials", "list", "--json"]))).toHaveLength(1);
});

test("the doctor names what stands in the way", async () => {
  await enrolled();
  const findings = JSON.parse(await command(["doctor", "--json"])) as { level: string; what: string }[];
  process.exitCode = 0;
  expect(findings.find(({ what }) => what.includes("HUB_UNREACHABLE"))?.level).toBe("bad");
  expect(findings.find(({ what }) => what.includes("no address ranges"))?.level).toBe("bad");
  expect(findings.filter(({ level }) => level === "good").length).toBeGreaterThan(2);
});
