import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@fyr/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { reasonIn } from "./child.ts";
import { keep, type Kept } from "./kept.ts";

let folder: string;
let kept: Kept | undefined;
const stopping = new AbortController();

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "fyr-kept-"))));
afterEach(async () => {
  await kept?.stop();
  await rm(folder, { recursive: true });
});

/** A process that runs `script`, kept as the demo keeps its own. */
async function process(script: string): Promise<Kept> {
  const path = join(folder, "script.mjs");
  await writeFile(path, script);
  const spec = { name: "hub", args: [path], env: {}, logPath: join(folder, "hub.log") };
  return (kept = keep(systemClock, globalThis.process.execPath, spec, stopping.signal));
}

const SAY_READY = `console.log(JSON.stringify({ ready: true, pid: process.pid })); setInterval(() => {}, 1000);`;

test("a process is ready when it says so, and stops when asked", async () => {
  const hub = await process(SAY_READY);
  const { pid } = await hub.start();
  expect(() => globalThis.process.kill(pid as number, 0)).not.toThrow();
  await hub.stop();
  expect(() => globalThis.process.kill(pid as number, 0)).toThrow();
  expect(await readFile(join(folder, "hub.log"), "utf8")).toContain('"ready":true');
});

test("one that does not start says why, in one line", async () => {
  const log = { level: 50, msg: "cannot listen", error: { message: "port 1 is taken" } };
  const hub = await process(`console.error(${JSON.stringify(JSON.stringify(log))}); process.exit(3);`);
  await expect(hub.start()).rejects.toThrow("The hub did not start: cannot listen: port 1 is taken");
  const silent = await process(`process.exit(3);`);
  await expect(silent.start()).rejects.toThrow("The hub did not start: it ended with code 3");
});

test("one that ends by itself is noticed", async () => {
  const hub = await process(
    `console.log('{"ready":true}'); setTimeout(() => { console.error("out of luck"); process.exit(1); }, 50);`,
  );
  await hub.start();
  await expect(hub.failed).rejects.toThrow("The hub ended: out of luck");
});

test("killed again and again, it is there again and again, until it is enough", async () => {
  const hub = await process(SAY_READY);
  const first = await hub.start();
  const enough = new AbortController();
  const killing = hub.killEvery(20, enough.signal);
  while (hub.kills() < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  enough.abort();
  await killing;
  expect(() => globalThis.process.kill(first["pid"] as number, 0)).toThrow();
  expect(hub.kills()).toBeGreaterThanOrEqual(3);
  await Promise.race([hub.failed, Promise.resolve()]);
});

test("one that does not come back from a kill is noticed, and not killed again", async () => {
  const hub = await process(SAY_READY);
  await hub.start();
  await writeFile(join(folder, "script.mjs"), `console.error("no home"); process.exit(1);`);
  await hub.killEvery(20, new AbortController().signal);
  await expect(hub.failed).rejects.toThrow("The hub did not start: no home");
  expect(hub.kills()).toBe(1);
});

test("a reason is a warning or plain words, never a trace", () => {
  expect(reasonIn('{"level":30,"msg":"fine"}')).toBeUndefined();
  expect(reasonIn('{"level":40,"msg":"odd"}')).toBe("odd");
  expect(reasonIn("    at Object.open (file:1:2)")).toBeUndefined();
  expect(reasonIn("Error: no such port")).toBe("Error: no such port");
  expect(reasonIn("")).toBeUndefined();
});
