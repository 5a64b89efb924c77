import { Fault, type Serial, type TaskId } from "@fyr/protocol";
import { fakeClock } from "@fyr/runtime/testing";
import { describe, expect, test } from "vitest";
import { memoryDisk, openStore } from "../store/index.ts";
import { FakeDevice, type DevicePlan } from "./testing/device.ts";
import { GENERATIONS, SERIAL, stage } from "./testing/scenarios.ts";
import { FakeSite, imageFacts } from "./testing/site.ts";
import type { UpgradeSettings } from "./settings.ts";

const HOUR = 3_600_000;

const serialOf = (digits: number) => `ACCC8E${String(digits).padStart(6, "0")}` as Serial;

function manyDevices(count: number, settings: Partial<UpgradeSettings>, plan: Partial<DevicePlan> = {}) {
  const clock = fakeClock();
  const devices = Array.from(
    { length: count },
    (_, at) => new FakeDevice(clock, { serial: serialOf(at), version: "12.2.41", ...plan }),
  );
  const site = new FakeSite({ clock, devices, image: imageFacts("12.11.77"), settings });
  return { clock, devices, site };
}

describe("a site of many devices", () => {
  test("changes no more of them at once than it may, and brings all to the end", async () => {
    const { site, devices } = manyDevices(12, { parallelFlashes: 4, parallelUploads: 2 });
    site.start();
    for (const device of devices) site.jobs.accept(site.grant({ serial: device.plan.serial }));
    const most = { changing: 0, sending: 0 };
    await site.run(3_600_000, () => {
      const states = site.jobs.openJobs().map(({ record }) => record.state);
      const changing = states.filter((state) =>
        ["executing", "settling", "verifying"].includes(state),
      ).length;
      const sending = devices.filter(({ uploads }) => uploads.some(({ to }) => to === null)).length;
      Object.assign(most, {
        changing: Math.max(most.changing, changing),
        sending: Math.max(most.sending, sending),
      });
      return site.isDone();
    });
    expect(most).toEqual({ changing: 4, sending: 2 });
    expect(devices.every(({ active, uploads }) => active === "12.11.77" && uploads.length === 1)).toBe(true);
  });

  test("does not let a device that never returns keep the others waiting", async () => {
    const { site, devices } = manyDevices(3, { parallelFlashes: 1 });
    devices[0]!.faults.neverReturns = true;
    site.start();
    for (const device of devices) site.jobs.accept(site.grant({ serial: device.plan.serial }));
    await site.run(2 * 3_600_000, () => site.jobs.openJobs().length === 1);
    expect(site.jobs.standings()).toMatchObject([{ state: "observing" }]);
    expect(site.hub.outcomes().map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded"]);
  });

  test("begins nothing after the window closed, however long a job waited for its turn", async () => {
    const { clock, site, devices } = manyDevices(9, { parallelFlashes: 1 }, { uploadMs: 240_000 });
    const closesAt = clock.wall() + HOUR / 2;
    site.start();
    for (const { plan } of devices) {
      const windows = [{ opensAt: clock.wall() - HOUR, closesAt }];
      site.jobs.accept(site.grant({ serial: plan.serial, windows }));
    }
    const upAt: number[] = [];
    await site.run(6 * HOUR, () => {
      const begun = devices.flatMap(({ uploads }) => uploads).length;
      while (upAt.length < begun) upAt.push(clock.wall());
      return site.isDone();
    });
    expect(upAt.length).toBeGreaterThan(0);
    expect(Math.max(...upAt)).toBeLessThan(closesAt);
    const codes = site.hub.outcomes().map(({ outcome, code }) => code ?? outcome);
    expect([...new Set(codes)].sort()).toEqual(["WINDOW_MISSED", "succeeded"]);
  });

  test("has room for as many jobs as it says", () => {
    const { site, devices } = manyDevices(3, { mostJobs: 2 });
    site.start();
    expect(site.jobs.freeSlots()).toBe(2);
    for (const { plan } of devices) site.jobs.accept(site.grant({ serial: plan.serial }));
    expect(site.jobs.freeSlots()).toBe(0);
  });
});

test("a window is judged by the hub's time, whatever the host's own clock says", async () => {
  const ends = async (fromHours: number, toHours: number) => {
    const { clock, site, devices } = manyDevices(1, {});
    site.troubles.aheadMs = 2 * HOUR;
    site.start();
    const windows = [{ opensAt: clock.wall() + fromHours * HOUR, closesAt: clock.wall() + toHours * HOUR }];
    site.jobs.accept(site.grant({ serial: devices[0]!.plan.serial, windows }));
    await site.run(HOUR, () => site.isDone());
    return site.hub.outcomes().map(({ outcome, code }) => code ?? outcome);
  };
  expect(await ends(1.5, 4)).toEqual(["succeeded"]);
  expect(await ends(-1, 1.5)).toEqual(["WINDOW_MISSED"]);
});

test("a job that waits does not wait for a clock that was put back", async () => {
  const { site, devices } = manyDevices(1, {});
  Object.assign(site.troubles, { aheadMs: 24 * HOUR, stage: new Fault("IMAGE_UNAVAILABLE") });
  site.start();
  site.jobs.accept(site.grant({ serial: devices[0]!.plan.serial }));
  await site.run(60_000);
  expect(site.jobs.standings()).toMatchObject([{ state: "parked" }]);
  Object.assign(site.troubles, { aheadMs: 0, stage: null });
  await site.run(HOUR / 2, () => site.isDone());
  expect(site.hub.outcomes()).toMatchObject([{ outcome: "succeeded" }]);
});

test("what closed a moment ago is not cleared away by a host whose clock is years ahead", async () => {
  const { clock, site, devices } = manyDevices(1, {});
  site.start();
  const { taskId } = site.grant({ serial: devices[0]!.plan.serial });
  site.jobs.accept(site.grant({ serial: devices[0]!.plan.serial, taskId }));
  await site.runToEnd();
  const jobs = () => site.agent!.journal.jobsOf(taskId).length;
  site.kill();
  site.troubles.aheadMs = -10 * 365 * 24 * HOUR;
  clock.jumpWall(10 * 365 * 24 * HOUR);
  site.start();
  await site.run(2 * HOUR);
  expect(jobs()).toBe(1);
  site.troubles.aheadMs += 91 * 24 * HOUR;
  await site.run(25 * HOUR);
  expect(jobs()).toBe(0);
});

describe("one device, several orders", () => {
  const scenario = GENERATIONS[5]!;

  test("the same grant again changes nothing", async () => {
    const { site, device } = stage(scenario);
    const [grant] = site.grants;
    site.start();
    await site.run(30_000);
    const before = site.jobs.standings();
    site.jobs.accept(grant!);
    expect(site.jobs.standings()).toEqual(before);
    await site.runToEnd();
    site.jobs.accept(grant!);
    expect(site.jobs.standings()).toEqual([]);
    expect(device.uploads).toHaveLength(1);
  });

  test("a grant is in the journal by the time that it can be listed", () => {
    const { site } = stage(scenario);
    site.start();
    site.jobs.accept(site.grants[0]!);
    const [standing] = site.jobs.standings();
    expect(site.agent!.journal.openJobs().map(({ jobId }) => jobId)).toEqual([standing?.jobId]);
  });

  test("two tasks for it come one after the other", async () => {
    const { site, device } = stage(scenario);
    site.grants.push(site.grant({ serial: SERIAL }));
    site.start();
    await site.runToEnd();
    expect(device.uploads).toHaveLength(1);
    const outcomes = site.hub.outcomes().map(({ outcome, code }) => `${outcome} ${code}`);
    expect(outcomes.sort()).toEqual(["skipped UPGRADE_AT_TARGET", "succeeded null"]);
  });

  test("a higher epoch waits for the device until the lower one has finished safely, and then looks", async () => {
    const { site, device, taskId } = stage(scenario);
    site.start();
    await site.run(20_000);
    expect(site.jobs.standings()).toMatchObject([{ epoch: 1, state: "settling" }]);
    site.jobs.accept(site.grant({ serial: SERIAL, taskId, epoch: 2, lookFirst: true }));
    await site.runToEnd();
    expect(site.hub.outcomes().map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [1, "succeeded"],
      [2, "skipped"],
    ]);
    expect(device.uploads).toHaveLength(1);
  });

  test("a lower epoch is not taken any more", () => {
    const { site } = stage(scenario);
    const taskId = "0190a000-0000-7000-8000-00000000abcd" as TaskId;
    site.start();
    site.jobs.accept(site.grant({ serial: SERIAL, taskId, epoch: 3 }));
    site.jobs.accept(site.grant({ serial: SERIAL, taskId, epoch: 2 }));
    expect(site.jobs.standings().map(({ epoch }) => epoch)).toEqual([3]);
  });

  test("an attempt that never learned the truth leaves it to the next to look", async () => {
    const { site, device, taskId, clock } = stage({
      ...scenario,
      happens: [{ after: "job/executing/sent/after", what: ({ device: it }) => (it.passwordOk = false) }],
    });
    site.start();
    await site.runToEnd();
    expect(site.hub.outcomes()).toMatchObject([{ outcome: "given_back", code: "DEVICE_DENIED" }]);
    // Nobody could commit, so it went back by itself.
    await clock.advance(40 * 60_000);
    device.passwordOk = true;
    site.grants.push(site.grant({ serial: SERIAL, taskId, epoch: 2, attempt: 2 }));
    await site.runToEnd();
    expect(
      site.hub.all().some((event) => event.epoch === 2 && "state" in event && event.state === "observing"),
    ).toBe(true);
    expect(device.uploads.some(({ overlapped }) => overlapped)).toBe(false);
  });
});

describe("the hub", () => {
  const scenario = GENERATIONS[5]!;

  test("gets every event again that it lost, also of a closed job", async () => {
    const { site } = stage(scenario);
    site.start();
    await site.runToEnd();
    const [[jobId, events]] = [...site.hub.events] as [
      [Parameters<typeof site.hub.events.get>[0], unknown[]],
    ];
    const all = [...events];
    site.hub.events.set(jobId, []);
    site.jobs.acknowledged([{ jobId, ackedSeq: 4, resendFrom: 1 }]);
    expect(site.jobs.outbox(500)).toEqual(all);
    site.hub.sync(site.jobs);
    expect(site.jobs.outbox(500)).toEqual([]);
    expect(site.hub.events.get(jobId)).toEqual(all);
  });

  test("that knows more of a job than a restored agent makes it let go, and look at the next grant", async () => {
    const { site, device, taskId } = stage(scenario);
    site.start();
    await site.run(300);
    const old = site.agent!.disk.image();
    await site.run(30_000);
    expect(device.uploads).toHaveLength(1);
    // The machine comes back from a snapshot that was taken before anything was sent.
    site.kill();
    Object.assign(site.agent!, { disk: memoryDisk(old) });
    expect(openStore(memoryDisk(old)).journal.openJobs()).toMatchObject([{ state: "executing" }]);
    site.start();
    site.hub.sync(site.jobs);
    await site.run(5_000);
    expect(site.jobs.standings()).toEqual([]);
    site.grants.push(site.grant({ serial: SERIAL, taskId, epoch: 2, lookFirst: true }));
    await site.runToEnd();
    expect(device.uploads).toHaveLength(1);
    expect(site.hub.outcomes()).toMatchObject([
      { epoch: 2, outcome: "succeeded", evidence: { boot: "trialSlot" } },
    ]);
  });

  test("learns of a command that it was stored, once", async () => {
    const { site } = stage(scenario);
    site.start();
    const command = site.command("0190a000-0000-7000-8000-00000000ffff" as TaskId, "cancel");
    site.jobs.command(command);
    site.jobs.command(command);
    expect(site.jobs.commandAcks()).toEqual([command.commandId]);
    site.jobs.commandAcksStored([command.commandId]);
    expect(site.jobs.commandAcks()).toEqual([]);
  });
});

test("live progress never goes back, ends at a hundred and is told at most twice a second", async () => {
  const { site, clock } = stage(GENERATIONS[5]!);
  site.start();
  const percents: number[] = [];
  const told: number[] = [];
  site.jobs.onProgress(() => {
    told.push(clock.mono());
    percents.push(...site.jobs.progress().map(({ percent }) => percent));
  });
  await site.runToEnd();
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(percents[0]).toBeLessThan(10);
  expect(percents.at(-1)).toBe(100);
  expect(told.slice(1).every((at, index) => at - told[index]! >= 500)).toBe(true);
  expect(new Set(percents).size).toBeGreaterThan(20);
});

test("stopping waits for what cannot be stopped and leaves the rest to the next start", async () => {
  const { site, device, clock } = stage(GENERATIONS[5]!);
  const first = site.start();
  await site.run(7_000);
  expect(device.uploads).toMatchObject([{ whole: false }]);
  let isStopped = false;
  void first.stop().then(() => (isStopped = true));
  await clock.advance(10);
  expect(isStopped).toBe(false);
  await clock.advance(5_000);
  expect([isStopped, device.uploads[0]!.whole]).toEqual([true, true]);
  site.kill();
  await site.runToEnd();
  expect(device.uploads).toHaveLength(1);
  expect(site.hub.outcomes()).toMatchObject([{ outcome: "succeeded" }]);
});
