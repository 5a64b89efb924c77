import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { supervisor, type Supervisor } from "./supervisor.ts";

let root: string;
let keeper: Supervisor;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A service that does what the script says. */
async function service(script: string): Promise<void> {
  await mkdir(join(root, "current"), { recursive: true });
  await writeFile(join(root, "current", "service.mjs"), script);
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await pause(10);
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fyr-supervisor-"));
  const options = { root, node: process.execPath, servicePort: 1, stopMs: 20, bootMs: 1, wait: pause };
  keeper = supervisor(options);
});
afterEach(async () => {
  await keeper.stop();
  await rm(root, { recursive: true, force: true });
});

test("a service that is told to stop twice, and to start between, runs once and is known", async () => {
  await service("process.stdin.resume();");
  await keeper.start();
  const first = keeper.pid() ?? 0;
  await Promise.all([keeper.stop(), keeper.start(), keeper.stop(), keeper.start()]);
  const last = keeper.pid() ?? 0;
  expect(keeper.state()).toEqual({ up: true, boots: 1, restarts: 0 });
  expect([isRunning(first), isRunning(last)]).toEqual([false, true]);
});

test("one that ends by itself is started again, five times and no more; one that was stopped is not", async () => {
  await service("process.exit(1);");
  await keeper.start();
  await until(() => keeper.state().restarts === 5 && !keeper.state().up);
  await pause(300); // longer than it waits before it starts one again
  expect(keeper.state()).toMatchObject({ up: false, restarts: 5 });
  await service("process.stdin.resume();");
  await keeper.start();
  await keeper.stop();
  await pause(300);
  expect(keeper.state()).toMatchObject({ up: false, restarts: 5 });
});

test("one whose power is cut comes back with the next boot", async () => {
  await service("process.stdin.resume();");
  await keeper.start();
  const before = keeper.pid() ?? 0;
  await keeper.cut();
  expect([isRunning(before), keeper.pid()]).toEqual([false, null]);
  await keeper.boot();
  expect(keeper.state()).toMatchObject({ up: true, boots: 2 });
});
