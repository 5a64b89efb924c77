import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);

/** A process that runs `body` inside `runProcess`, with `log` lines as `say` prints them. */
function start(body: string, graceMs = 5_000) {
  const script = `
    const { runProcess } = await import(${here("lifecycle.ts")});
    const { systemClock } = await import(${here("clock.ts")});
    const say = (text) => process.stdout.write(text + "\\n");
    const log = { info: (_facts, text) => say(text), error: (_facts, text) => say(text) };
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await runProcess({ log, clock: systemClock, graceMs: ${graceMs} }, async ({ onClose, stopping }) => {
      const alive = setInterval(() => {}, 1_000);
      ${body}
      say("started");
    });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
  let said = "";
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const until = async (text: string) => {
    while (!said.includes(text)) await once(child.stdout, "data");
  };
  const ended = once(child, "close").then(([code]) => ({
    code: code as number,
    said: said.trim().split("\n"),
  }));
  return { child, until, ended };
}

test.each(["SIGTERM", "SIGINT"] as const)("%s closes what was opened, the last first", async (signal) => {
  const { child, until, ended } = start(`
    onClose("store", () => say("store closed"));
    onClose("listener", async () => { await wait(20); say("listener closed"); });
    stopping.addEventListener("abort", () => say("told"));`);
  await until("started");
  child.kill(signal);
  expect(await ended).toEqual({
    code: 0,
    said: ["started", "stopping", "told", "listener closed", "store closed"],
  });
});

test("what cannot be closed does not keep the rest open", async () => {
  const { child, until, ended } = start(`
    onClose("store", () => say("store closed"));
    onClose("broken", () => { throw new Error("stuck"); });`);
  await until("started");
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, said: ["started", "stopping", "closing failed", "store closed"] });
});

test("a second signal ends it at once", async () => {
  const { child, until, ended } = start(
    'onClose("slow", () => { say("closing"); return wait(60_000); });',
    60_000,
  );
  await until("started");
  child.kill("SIGTERM");
  await until("closing");
  child.kill("SIGTERM");
  expect((await ended).code).toBe(130);
});

test("closing that takes too long is given up", async () => {
  const { child, until, ended } = start('onClose("slow", () => wait(60_000));', 100);
  await until("started");
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 1, said: ["started", "stopping", "closing took too long"] });
});

test("a start that fails closes what it had opened and ends with an error", async () => {
  const { ended } = start('onClose("store", () => say("store closed")); throw new Error("no port");');
  const { code, said } = await ended;
  expect(code).toBe(1);
  expect(said[0]).toBe("store closed");
  expect(said.join("\n")).toContain("no port");
});

test("work that finishes by itself ends the process, with the code that it set", async () => {
  const { ended } = start(`
    onClose("store", () => say("store closed"));
    process.exitCode = 3;
    return { finished: wait(10) };`);
  expect(await ended).toEqual({ code: 3, said: ["store closed"] });
});
