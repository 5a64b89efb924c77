import type { CommandId, StepEvent, TaskId } from "@fyr/protocol";
import { describe, expect, test } from "vitest";
import type { HostFault } from "./faults.ts";
import { BLUEPRINT, HostStage, type StageOptions } from "./testing/stage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BROKEN: HostFault = { kind: "service-stays-down" };

const ask = (taskId: TaskId, n = 1) => ({
  commandId: `0190b000-0000-7000-8000-00000000000${n}` as CommandId,
  taskId,
  kind: "restore" as const,
});

const told = ({ hub }: HostStage): StepEvent[] =>
  hub.all().filter((event): event is StepEvent => event.kind === "step" && event.step === "restore");
const moments = (stage: HostStage): string[] => told(stage).map(({ moment, code }) => code ?? moment);
const isOver = (stage: HostStage) => () => told(stage).some(({ moment }) => moment !== "begun");

/** An upgrade that failed with the service down. */
async function failed(faults: readonly HostFault[] = [], options: Partial<StageOptions> = {}) {
  const stage = new HostStage({ ...options, faults: [BROKEN, ...faults] });
  const taskId = stage.order();
  expect(await stage.runToEnd()).toMatchObject({ outcome: "failed", code: "SERVER_NO_RETURN" });
  await stage.run(MINUTE); // the hub has it all
  return { stage, taskId };
}

describe("a restore", () => {
  test("is never begun by itself, however long an upgrade has failed", async () => {
    const { stage } = await failed();
    stage.kill();
    await stage.run(48 * HOUR);
    expect(told(stage)).toEqual([]);
    expect(stage.host.truth().restores).toEqual([]);
  });

  test("that a person asks for puts the backup back, is told with its outcome, and makes the server run as before", async () => {
    const { stage, taskId } = await failed();
    stage.jobs.command(ask(taskId));
    expect(stage.jobs.commandAcks()).toHaveLength(1);
    await stage.run(MINUTE);
    expect(moments(stage)).toEqual(["begun"]);
    expect(stage.jobs.restoring()?.until).toBeGreaterThan(stage.clock.wall());
    expect(stage.jobs.freeSlots(), "nothing is installed meanwhile").toBe(0);
    await stage.run(HOUR, isOver(stage));
    expect(moments(stage)).toEqual(["begun", "done"]);
    expect(told(stage)[1]?.evidence).toMatchObject({ runs: BLUEPRINT.version, up: true });
    expect(stage.host.truth()).toMatchObject({ running: BLUEPRINT.version, restores: [BLUEPRINT.version] });
    expect(stage.jobs.restoring()).toBeNull();
    expect(stage.jobs.freeSlots()).toBe(1);
    expect(stage.hub.outcomes(), "the upgrade's outcome stands").toMatchObject([{ outcome: "failed" }]);
  });

  test("is done once: the same word again, or another after it, does nothing more", async () => {
    const { stage, taskId } = await failed();
    stage.jobs.command(ask(taskId));
    stage.jobs.command(ask(taskId));
    await stage.run(HOUR, isOver(stage));
    for (const n of [1, 2, 3]) {
      stage.jobs.command(ask(taskId, n));
      stage.kill();
      await stage.run(20 * MINUTE);
    }
    expect(moments(stage)).toEqual(["begun", "done"]);
    expect(stage.host.truth().restores).toHaveLength(1);
  });

  test.each([
    "server/restore/before-intent",
    "server/restore/after-intent",
    "server/restore/after-act",
    "server/restore/before-outcome",
    "server/restore/after-outcome",
  ])("is put back once, and its outcome told truly, with the agent killed at %s", async (point) => {
    const { stage, taskId } = await failed();
    stage.killAt.add(point);
    stage.jobs.command(ask(taskId));
    await stage.run(2 * HOUR, isOver(stage));
    await stage.run(MINUTE);
    expect(stage.killAt.size).toBe(0);
    expect(moments(stage)).toEqual(["begun", "done"]);
    expect(stage.host.truth()).toMatchObject({ running: BLUEPRINT.version, restores: [BLUEPRINT.version] });
  });

  test.each([
    "helper-started",
    "helper-ready",
    "installer-started",
    "files-switched",
    "service-started",
  ] as const)("ends with the server running as before, with the power cut at its %s", async (at) => {
    const { stage, taskId } = await failed();
    stage.host.place({ kind: "power-cut", at, offMs: 10 * MINUTE });
    stage.jobs.command(ask(taskId));
    await stage.run(3 * HOUR, isOver(stage));
    expect(moments(stage).at(-1)).toBe("done");
    expect(stage.host.truth().running).toBe(BLUEPRINT.version);
  });

  test("is told as failed when the backup is not what it was, and left to people where only they can", async () => {
    const broken = await failed([{ kind: "restore-fails" }]);
    broken.stage.jobs.command(ask(broken.taskId));
    await broken.stage.run(HOUR, isOver(broken.stage));
    expect(moments(broken.stage)).toEqual(["begun", "SERVER_RESTORE_FAILED"]);
    const windows = await failed([], { host: { installer: "msi" } });
    windows.stage.jobs.command(ask(windows.taskId));
    await windows.stage.run(HOUR, isOver(windows.stage));
    expect(moments(windows.stage)).toEqual(["begun", "SERVER_RESTORE_BY_HAND"]);
    expect(windows.stage.host.truth().restores).toEqual([]);
  });

  test("of an upgrade that went well, or that something newer came after, changes nothing", async () => {
    const well = new HostStage();
    const upgraded = well.order();
    await well.runToEnd();
    well.jobs.command(ask(upgraded));
    await well.run(HOUR, isOver(well));
    expect(moments(well)).toEqual(["SERVER_RESTORE_NONE"]);

    const { stage, taskId } = await failed();
    stage.order();
    await stage.runToEnd();
    stage.jobs.command(ask(taskId));
    await stage.run(HOUR, isOver(stage));
    expect(moments(stage)).toEqual(["SERVER_RESTORE_NONE"]);
    for (const { host } of [well, stage]) expect(host.truth().restores).toEqual([]);
  });

  test("of a job that nobody here knows is answered, so that it is not asked for ever", async () => {
    const stage = new HostStage();
    await stage.run(1);
    stage.jobs.command(ask("0190a000-0000-7000-8000-00000000ffff" as TaskId));
    const acks = stage.jobs.commandAcks();
    expect(acks).toHaveLength(1);
    stage.jobs.commandAcksStored(acks);
    expect(stage.jobs.commandAcks()).toEqual([]);
    expect(told(stage)).toEqual([]);
  });

  test("keeps a new upgrade waiting until it is over", async () => {
    const { stage, taskId } = await failed();
    stage.jobs.command(ask(taskId));
    await stage.run(MINUTE);
    stage.order();
    await stage.run(2 * HOUR, () => stage.hub.outcomes().length === 2);
    expect(stage.hub.outcomes().at(-1)).toMatchObject({ outcome: "succeeded" });
    expect(moments(stage)).toEqual(["begun", "done"]);
    expect(stage.host.truth()).toMatchObject({ atOnce: 1, running: stage.facts.version });
  });
});
