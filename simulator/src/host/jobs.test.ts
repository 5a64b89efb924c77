import { FakeHub } from "@fyr/agent/testing";
import type { Command, CommandId, JobEvent } from "@fyr/protocol";
import { describe, expect, test } from "vitest";
import { HostStage } from "./testing/stage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const codes = ({ hub }: HostStage): (string | null | undefined)[] =>
  hub.all().flatMap((event) => ("code" in event && event.code ? [event.code] : []));

const isStep =
  (step: string, moment: string) =>
  (event: JobEvent): boolean =>
    event.kind === "step" && event.step === step && event.moment === moment;

describe("R-077 C-20: a wish to cancel", () => {
  const command = (taskId: Command["taskId"], kind: Command["kind"] = "cancel"): Command => ({
    commandId: "0190b000-0000-7000-8000-000000000001" as CommandId,
    taskId,
    kind,
  });

  test.each([
    ["claimed", "server/accepted/verified/after"],
    ["being prepared", "server/armed/start/after"],
    ["being installed", "server/executing/sent/after"],
    ["being verified", "server/settling/answered/after"],
  ])("is refused with the reason while the upgrade is %s, and it goes on", async (_, moment) => {
    const stage = new HostStage();
    const taskId = stage.order();
    stage.onReached = (point) => {
      if (point !== moment) return;
      stage.host.lose(moment.includes("answered") ? 40 : 0); // long enough to be asked
      stage.clock.after(MINUTE, () => stage.host.lose(0));
      stage.clock.after(0, () => {
        stage.jobs.command(command(taskId));
        stage.jobs.command(command(taskId));
        expect(stage.jobs.commandAcks()).toHaveLength(1);
      });
    };
    expect(await stage.runToEnd()).toMatchObject({ outcome: "succeeded" });
    expect(codes(stage)).toEqual(["SERVER_CLAIMED"]);
    expect(stage.host.truth().running).toBe(stage.facts.version);
  });

  test("is answered once, also across a crash", async () => {
    const stage = new HostStage();
    const taskId = stage.order();
    await stage.run(MINUTE);
    stage.jobs.command(command(taskId));
    stage.kill();
    await stage.run(MINUTE);
    stage.jobs.command(command(taskId));
    expect(codes(stage).filter((code) => code === "SERVER_CLAIMED")).toHaveLength(1);
  });
});

describe("R-081: an installation that takes too long", () => {
  test("is an alert after an hour and a question after four, and is never called failed or stopped", async () => {
    const stage = new HostStage({
      faults: [{ kind: "installer-hangs" }],
      settings: { watchEveryMs: MINUTE },
    });
    stage.order();
    await stage.run(59 * MINUTE);
    expect(codes(stage)).toEqual([]);
    await stage.run(30 * MINUTE);
    expect(codes(stage)).toEqual(["SERVER_OVERDUE"]);
    await stage.run(4 * HOUR);
    expect(codes(stage)).toEqual(["SERVER_OVERDUE", "SERVER_NEEDS_PERSON"]);
    await stage.run(12 * HOUR);
    expect(codes(stage)).toHaveLength(2);
    expect(stage.jobs.standings()).toMatchObject([
      { state: "settling", progress: { step: null, leftMs: null } },
    ]);
    expect(stage.host.truth()).toMatchObject({ installersStarted: 1, switches: [] });
  });

  test("counts the hours over all lives of the agent, and tells each only once", async () => {
    const stage = new HostStage({ faults: [{ kind: "installer-hangs" }] });
    stage.order();
    for (let hours = 0; hours < 6; hours++) {
      await stage.run(HOUR);
      stage.kill();
    }
    await stage.run(MINUTE);
    expect(codes(stage)).toEqual(["SERVER_OVERDUE", "SERVER_NEEDS_PERSON"]);
  });

  test("shows when it is expected to be over, from what the last one on this host took", async () => {
    const stage = new HostStage();
    stage.order();
    await stage.run(5 * MINUTE);
    const [first] = stage.jobs.progress();
    expect(first?.leftMs).toBeGreaterThan(10 * MINUTE);
    await stage.runToEnd();
    const again = new HostStage({ settings: { usualMs: 9 * MINUTE } });
    again.order();
    await again.run(5 * MINUTE);
    expect(again.jobs.progress()[0]?.leftMs).toBeLessThan(9 * MINUTE);
  });
});

describe("what was begun before", () => {
  test("R-080: is taken over when the journal was lost: the helper's own folder tells", async () => {
    const stage = new HostStage();
    const taskId = stage.order();
    const isInstalling = () => stage.hub.all().some(isStep("install", "begun"));
    await stage.run(HOUR, isInstalling);
    await stage.run(MINUTE);
    stage.loseDisk();
    stage.order({ taskId, epoch: 2, lookFirst: true });
    await stage.runToEnd();
    expect(stage.hub.outcomes()).toMatchObject([{ outcome: "succeeded", epoch: 2 }]);
    expect(stage.host.truth()).toMatchObject({ installersStarted: 1, switches: [stage.facts.version] });
  });

  test("is not taken for the new order once its outcome was told", async () => {
    const stage = new HostStage({
      host: { installer: "msi" },
      faults: [{ kind: "installer-exits", exit: 1618 }],
    });
    const taskId = stage.order();
    await stage.runToEnd();
    stage.order({ taskId, epoch: 2, attempt: 2 });
    await stage.runToEnd();
    expect(stage.hub.outcomes().map(({ outcome }) => outcome)).toEqual(["given_back", "succeeded"]);
    expect(stage.host.truth()).toMatchObject({ installersStarted: 2, switches: [stage.facts.version] });
  });

  test("ends without harm when a newer grant overtakes it before, and is watched to its end after", async () => {
    for (const [afterMs, outcome] of [
      [2_000, "given_back"],
      [3 * MINUTE, "succeeded"],
    ] as const) {
      const stage = new HostStage();
      const taskId = stage.order();
      await stage.run(afterMs);
      stage.jobs.fence(taskId, 2);
      expect((await stage.runToEnd()).outcome).toBe(outcome);
      expect(stage.host.truth().installersStarted).toBe(outcome === "succeeded" ? 1 : 0);
    }
  });
});

test.each([100, 400, 600, 900])(
  "a helper that is still starting when its agent dies, %i ms after, is never joined by another",
  async (afterMs) => {
    const stage = new HostStage();
    stage.order();
    stage.onReached = (point) => {
      if (point === "server/install/after-intent") stage.clock.after(afterMs, () => stage.kill());
    };
    expect(await stage.runToEnd()).toMatchObject({ outcome: "succeeded" });
    expect(stage.kills).toBe(1);
    expect(stage.host.truth()).toMatchObject({ installersStarted: 1, switches: [stage.facts.version] });
  },
);

test("a closed job is told again when a hub that was restored asks for it", async () => {
  const stage = new HostStage();
  stage.order();
  await stage.runToEnd();
  const [jobId] = stage.hub.events.keys();
  if (!jobId) throw new Error("nothing was told");
  const restored = new FakeHub();
  stage.jobs.acknowledged([{ jobId, ackedSeq: 0, resendFrom: 1 }]);
  restored.sync(stage.jobs);
  expect(restored.all()).toEqual(stage.hub.all());
});

test("a server that misses devices after its upgrade is not called upgraded", async () => {
  const stage = new HostStage();
  stage.order();
  await stage.run(3 * MINUTE);
  stage.host.lose(3);
  expect(await stage.runToEnd()).toMatchObject({
    outcome: "failed",
    code: "SERVER_UNVERIFIED",
    evidence: { missing: "3 devices" },
  });
});

test("only one job at a time is taken on for a server", async () => {
  const stage = new HostStage();
  await stage.run(1);
  expect(stage.jobs.freeSlots()).toBe(1);
  stage.order();
  await stage.run(MINUTE);
  expect(stage.jobs.freeSlots()).toBe(0);
});
