import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const DEMO = fileURLToPath(new URL("../../simulator/src/demo/main.ts", import.meta.url));
/** One device of each generation. */
const DEVICES = 6;
const PATIENCE_MS = 180_000;

interface LastLine {
  readonly ok: boolean;
  readonly agentKills: number;
  readonly hubKills: number;
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "fyr-played-"))));
afterAll(() => rm(folder, { recursive: true }));

/** The demo as `npm run demo` starts it. @returns its last line @throws when it does not end with code 0 */
async function demo(speed: number, ...flags: string[]): Promise<LastLine> {
  const args = ["--conditions=source", "--import", "tsx", DEMO, "--once"];
  const data = join(folder, `${speed}${flags.join("")}`);
  const size = ["--devices", String(DEVICES), "--speed", String(speed), "--data", data];
  const { stdout } = await run(process.execPath, [...args, ...size, ...flags], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as LastLine;
}

const SERVER = { servers: 1, serversUpgraded: 1 };
const WELL = { ok: true, devices: DEVICES, upgraded: DEVICES, failed: 0, flashedTwice: 0, ...SERVER };

test(
  "hub, site and agent upgrade a device of every generation, and the ACS Pro server beside them",
  async () => {
    expect(await demo(60)).toMatchObject({ ...WELL, agentKills: 0, hubKills: 0 });
  },
  PATIENCE_MS,
);

test(
  "and without MQTT",
  async () => {
    expect(await demo(60, "--no-mqtt")).toMatchObject(WELL);
  },
  PATIENCE_MS,
);

/** Beside other tests a life has to be longer: every two seconds, with the machine to itself, is a step of the CI. */
test(
  "while the agent is killed every four seconds",
  async () => {
    const last = await demo(20, "--kill-agent-every", "4000");
    expect(last).toMatchObject(WELL);
    expect(last.agentKills).toBeGreaterThan(1);
  },
  PATIENCE_MS,
);

test(
  "while the hub is killed every three seconds",
  async () => {
    const last = await demo(20, "--kill-hub-every", "3000");
    expect(last).toMatchObject(WELL);
    expect(last.hubKills).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);
