import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { afterEach, expect, test } from "vitest";
import { curl } from "../testing/curl.ts";
import { program } from "./program.ts";
import type { ReadyLine, ServeFlags } from "./serve.ts";
import type { ServerReady } from "./server.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

function simulate(...args: string[]) {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", MAIN, ...args]);
  children.push(child);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return { child, errors: () => errors };
}

test("a site announces itself in one line, serves, writes its images, and stops cleanly when told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fyr-cli-"));
  const images = join(folder, "images");
  const flags = ["--devices", "6", "--data", folder, "--images", images, "--image-bytes", "5000", "--json"];
  const { child, errors } = simulate("site", "--first-address", "127.70.0.1", ...flags);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const ready = JSON.parse(line) as ReadyLine;
  expect(ready).toMatchObject({
    ready: true,
    devices: 6,
    firstAddress: "127.70.0.1",
    lastAddress: "127.70.0.6",
  });
  expect((await readdir(images)).sort()).toEqual(
    ready.images.map(({ file }) => file.slice(images.length + 1)).sort(),
  );
  expect(ready.images.map(({ file }) => file)).toContain(join(images, "P3265-V_12_11_77.bin"));
  expect((await curl(`http://127.70.0.5:${ready.httpPort}/`)).status).toBe(200);
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number];
  expect([code, errors()]).toEqual([0, ""]);
  await rm(folder, { recursive: true });
});

test("a host with an ACS Pro server announces itself and its package, serves, and takes its service along", async () => {
  const root = await mkdtemp(join(tmpdir(), "fyr-cli-"));
  const { child, errors } = simulate("server", "--root", root, "--stop-ms", "1", "--json");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const ready = JSON.parse(line) as ServerReady;
  expect(ready).toMatchObject({ ready: true, root, uid: "acs-pro-server:4c4c4544-0042-3510" });
  expect(await readdir(root)).toContain(`acs-pro-server_${ready.package.version}.tgz`);
  const says = () => curl(`${ready.service}/version`);
  let said = await says();
  while (said.status !== 200) said = await says();
  expect(said.body).toContain("6.17.26511");
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number];
  expect([code, errors()]).toEqual([0, ""]);
  expect((await says()).status).not.toBe(200);
  await rm(root, { recursive: true });
});

test("what the simulator must not serve is refused in one line", async () => {
  const { child, errors } = simulate("devices", "--first-address", "192.168.0.90");
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(1);
  expect(errors()).toBe('the simulator serves addresses in 127.0.0.0/8 only, not "192.168.0.90"\n');
});

test.each([
  [["devices", "--devices", "0"], "Expected a number from 1"],
  [["devices", "--devices", "1.5"], "Expected a number from 1"],
  [["devices", "--speed", "fast"], "Expected a number"],
  [["devices", "--http-port", "99999"], "Expected a number from 0 to 65535"],
  [["devices", "--generations", "12,99"], "Expected some of 5.51"],
  [["devices", "--nonsense"], "unknown option"],
])("%j is refused with the reason", async (args, reason) => {
  const told: string[] = [];
  const quiet = (command: Command): Command =>
    command.exitOverride().configureOutput({ writeErr: (text) => void told.push(text) });
  const root = quiet(program(() => Promise.reject(new Error("it started"))));
  root.commands.forEach(quiet);
  await expect(root.parseAsync(args, { from: "user" })).rejects.toThrow();
  expect(told.join("")).toContain(reason);
});

test("settings that are left out have their defaults", async () => {
  let flags: ServeFlags | undefined;
  await program(async (given) => void (flags = given)).parseAsync(["site"], { from: "user" });
  expect(flags).toMatchObject({
    devices: 12,
    seed: "1",
    speed: 1,
    httpPort: 0,
    images: "data/images",
    imageBytes: 2e6,
  });
});
