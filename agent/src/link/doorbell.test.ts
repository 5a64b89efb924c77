import {
  Fault,
  ProgressReport,
  parse,
  Presence,
  type AgentId,
  type BootId,
  type Progress,
} from "@fyr/protocol";
import { seededRandom, silentLog } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import { createDoorbell, type LineWish } from "./doorbell.ts";

const AGENT = "01900000-0000-7000-8000-000000000002" as AgentId;
const BOOT = "01900000-0000-7000-8000-0000000000b0" as BootId;
const URLS = ["mqtts://hub:8883", "wss://hub:8444/mqtt"];

const progress = (task: number, percent: number): Progress => ({
  taskId: `01900000-0000-7000-8000-${String(task).padStart(12, "0")}` as never,
  epoch: 1,
  state: "executing",
  step: "transfer",
  percent,
  leftMs: null,
});

/** A doorbell whose lines are lists; `open` says which addresses can be reached. */
function site(open: (url: string) => boolean, urls = URLS) {
  const clock = fakeClock();
  const tried: { at: number; url: string }[] = [];
  const sent: { at: number; topic: string; payload: string }[] = [];
  const state = {
    jobs: [] as Progress[],
    rings: 0,
    moved: () => {},
    wish: undefined as LineWish | undefined,
  };
  let end = () => {};
  const bell = createDoorbell(
    {
      clock,
      random: seededRandom("bell"),
      log: silentLog,
      async open(wish) {
        tried.push({ at: clock.mono(), url: wish.url });
        if (!open(wish.url)) throw new Fault("HUB_UNREACHABLE");
        state.wish = wish;
        const ended = new Promise<void>((resolve) => (end = resolve));
        return {
          ended,
          publish: (topic, payload) => void sent.push({ at: clock.mono(), topic, payload }),
          close: async () => end(),
        };
      },
      jobs: { progress: () => state.jobs, onProgress: (listener) => ((state.moved = listener), () => {}) },
      onRing: () => state.rings++,
    },
    { agentId: AGENT, bootId: BOOT, urls },
  );
  bell.start();
  return { clock, bell, tried, sent, state, cut: () => end() };
}

test("a connection tells presence, listens for the bell, and leaves a will", async () => {
  const { clock, bell, sent, state } = site(() => true);
  await clock.advance(0);
  expect(state.wish).toMatchObject({ url: URLS[0], clientId: AGENT, subscribe: `fyr/1/${AGENT}/ring` });
  expect(parse(Presence, state.wish!.will.payload)).toMatchObject({ bootId: BOOT, online: false });
  expect(sent.map(({ topic, payload }) => [topic, parse(Presence, payload).online])).toEqual([
    [`fyr/1/${AGENT}/presence`, true],
  ]);
  state.wish!.onMessage("ring");
  expect(state.rings).toBe(2);
  await bell.stop();
  expect(parse(Presence, sent.at(-1)!.payload).online).toBe(false);
});

test("where the first door is shut the second is tried at once", async () => {
  const { clock, bell, tried } = site((url) => url.startsWith("wss:"));
  await clock.advance(60_000);
  expect(tried).toEqual([
    { at: 0, url: URLS[0] },
    { at: 0, url: URLS[1] },
  ]);
  await bell.stop();
});

test("without any door it is tried again, ever more rarely, and nothing else happens", async () => {
  const { clock, bell, tried, state } = site(() => false);
  await clock.advance(3_600_000);
  const rounds = tried.filter(({ url }) => url === URLS[0]);
  expect(rounds.length).toBeGreaterThan(12);
  expect(rounds.length).toBeLessThan(60);
  expect(state.rings).toBe(0);
  await bell.stop();
  await clock.advance(3_600_000);
  expect(tried.filter(({ url }) => url === URLS[0])).toHaveLength(rounds.length);
});

test("a hub that takes connections and drops them is not hammered", async () => {
  const { clock, bell, tried, cut } = site(() => true);
  for (let second = 0; second < 600; second++) {
    await clock.advance(1_000);
    cut();
  }
  expect(tried.length).toBeLessThan(40);
  await bell.stop();
});

test("after a cut it rings itself: a call may have been missed", async () => {
  const { clock, bell, state, cut } = site(() => true);
  await clock.advance(10_000);
  expect(state.rings).toBe(1);
  cut();
  await clock.advance(1_001);
  expect(state.rings).toBe(2);
  await bell.stop();
});

test("progress leaves at most four times a second, and only what moved", async () => {
  const { clock, bell, sent, state } = site(() => true);
  await clock.advance(0);
  sent.length = 0;
  for (let percent = 1; percent <= 100; percent++) {
    state.jobs = [progress(1, percent), progress(2, 50)];
    state.moved();
    await clock.advance(20);
  }
  await clock.advance(300);
  const reports = sent.map(({ payload }) => parse(ProgressReport, payload));
  expect(sent.length).toBeLessThanOrEqual(9);
  expect(sent.length).toBeGreaterThanOrEqual(7);
  expect(reports[0]!.jobs).toHaveLength(2);
  for (const report of reports.slice(1))
    expect(report.jobs.map(({ taskId }) => taskId)).toEqual([progress(1, 0).taskId]);
  expect(reports.at(-1)!.jobs[0]!.percent).toBe(100);
  await bell.stop();
});

test("many jobs travel in packets below the hub's cap", async () => {
  const { clock, bell, sent, state } = site(() => true);
  await clock.advance(0);
  state.jobs = Array.from({ length: 600 }, (_, task) => progress(task, 33.333_333));
  state.moved();
  await clock.advance(300);
  expect(sent.slice(1).map(({ payload }) => parse(ProgressReport, payload).jobs.length)).toEqual([
    250, 250, 100,
  ]);
  for (const { payload } of sent) expect(payload.length).toBeLessThan(64 * 1024);
  await bell.stop();
});

test("a hub without MQTT has no doorbell", async () => {
  const { clock, bell, tried } = site(() => true, []);
  await clock.advance(60_000);
  expect(tried).toEqual([]);
  await bell.stop();
});
