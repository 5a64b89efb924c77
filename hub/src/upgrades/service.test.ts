import { FOUNDER, ownerOf } from "../testing/members.ts";
import { testImage } from "@fyr/certs/testing";
import { AxisVersion, Digest, type OrgId } from "@fyr/protocol";
import { expect, test } from "vitest";
import { serialOf, testHub, testSite, type TestHub, type TestSite } from "../testing.ts";
import { newDevice } from "../testing/records.ts";

const HOUR = 3_600_000;
const version = (text: string) => AxisVersion.parse(text);

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

async function harbour(images = [testImage()]): Promise<{ hub: TestHub; orgId: OrgId; site: TestSite }> {
  const hub = await testHub({ images });
  hub.start();
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  return { hub, orgId, site };
}

const deviceIds = async (hub: TestHub, orgId: OrgId) =>
  (await hub.services.devices(ownerOf(orgId), { limit: 50 })).items.map(({ id }) => id);

const click = (
  hub: TestHub,
  orgId: OrgId,
  ids: readonly Awaited<ReturnType<typeof deviceIds>>[number][],
  digest = hub.images[0]!.digest,
) =>
  hub.services.createUpgrade(
    ownerOf(orgId),
    { targets: ids.map((deviceId) => ({ deviceId, digest })), backup: "wanted" },
    undefined,
  );

test("an upgrade that one device cannot take is refused as a whole, with the reason", async () => {
  const images = [
    testImage(),
    testImage({ version: version("12.12.1"), models: ["M1135"] }),
    testImage({ version: version("12.12.2"), hardwareIds: ["FFF"] }),
    testImage({ version: version("10.1.1") }),
    testImage({ version: version("12.12.3"), upgradeableFrom: ["12.0"] }),
    testImage({ version: version("11.11.85") }),
    testImage({ version: version("12.12.4"), withdrawn: true }),
  ];
  const { hub, orgId, site } = await harbour(images);
  await site.report(
    { serial: serialOf(1), version: version("11.11.85") },
    { serial: serialOf(2), version: version("11.11.85") },
  );
  const [first, second] = await deviceIds(hub, orgId);
  const refused = (at: number) =>
    codeOf(
      hub.services.createUpgrade(
        ownerOf(orgId),
        {
          targets: [
            { deviceId: first!, digest: images[0]!.digest },
            { deviceId: second!, digest: images[at]!.digest },
          ],
          backup: "wanted",
        },
        "same key",
      ),
    );
  expect(await refused(1)).toBe("IMAGE_WRONG_MODEL");
  expect(await refused(2)).toBe("IMAGE_WRONG_HARDWARE");
  expect(await refused(3)).toBe("IMAGE_DOWNGRADE");
  expect(await refused(4)).toBe("IMAGE_PATH_BLOCKED");
  expect(await refused(5)).toBe("UPGRADE_AT_TARGET");
  expect(await refused(6)).toBe("IMAGE_WITHDRAWN");
  expect(await codeOf(click(hub, orgId, [first!], Digest.parse("0".repeat(64))))).toBe("IMAGE_UNKNOWN");
  expect(await codeOf(click(hub, orgId, [first!, newDevice()]))).toBe("NOT_FOUND");
  expect(await codeOf(click(hub, orgId, [first!, first!]))).toBe("UPGRADE_ACTIVE");
  const past = {
    targets: [{ deviceId: first!, digest: images[0]!.digest }],
    backup: "wanted",
    deadline: hub.clock.wall(),
  } as const;
  expect(await codeOf(hub.services.createUpgrade(ownerOf(orgId), past, undefined))).toBe("DEADLINE_PASSED");
  expect((await hub.services.tasks(ownerOf(orgId), {}, { limit: 5 })).items).toEqual([]);
  expect(await refused(0), "and a refusal leaves its key free").toBe("done");
  await hub.close();
});

test("a newer wish takes the place of one that waits, not of one that an agent has", async () => {
  const { hub, orgId, site } = await harbour([testImage(), testImage({ version: version("12.12.1") })]);
  await site.report({ serial: serialOf(1), version: version("11.11.85") });
  const ids = await deviceIds(hub, orgId);
  const older = await click(hub, orgId, ids);
  expect(await codeOf(click(hub, orgId, ids))).toBe("UPGRADE_ACTIVE");
  const newer = await click(hub, orgId, ids, hub.images[1]!.digest);
  expect((await hub.services.upgrade(ownerOf(orgId), older.id)).counts).toEqual({ superseded: 1 });
  await site.sync();
  expect((await hub.services.upgrade(ownerOf(orgId), newer.id)).counts).toEqual({ leased: 1 });
  expect(await codeOf(click(hub, orgId, ids))).toBe("UPGRADE_ACTIVE");
  await hub.close();
});

test("a trouble that passes is waited out and tried again, under a new epoch", async () => {
  const { hub, orgId, site } = await harbour();
  await site.report({ serial: serialOf(1) });
  const upgrade = await click(hub, orgId, await deviceIds(hub, orgId));
  await site.sync();
  const [job] = [...site.jobs.values()];
  job!.end("failed", "TRANSFER_CUT");
  await site.sync();
  const [task] = (await hub.services.tasks(ownerOf(orgId), { upgradeId: upgrade.id }, { limit: 1 })).items;
  expect(task).toMatchObject({
    phase: "pending",
    outcomeCode: "TRANSFER_CUT",
    holds: [{ reason: "backoff" }],
  });
  hub.rung.length = 0;
  await hub.clock.advance(task!.holds[0]!.until! - hub.clock.wall());
  expect(hub.rung, "the doorbell rings when its time has come, not at some later look").toEqual([
    site.identity.agentId,
  ]);
  await site.sync();
  expect((await hub.services.task(ownerOf(orgId), task!.id)).epoch).toBe(2);
  for (const one of site.jobs.values()) if (one.epoch === 2) one.succeed();
  await site.sync();
  expect((await hub.services.task(ownerOf(orgId), task!.id)).phase).toBe("succeeded");
  await hub.close();
});

test("a lease that lapses is seen on time; the device is looked at before it is touched again", async () => {
  const { hub, orgId, site } = await harbour();
  await site.report({ serial: serialOf(1) });
  await click(hub, orgId, await deviceIds(hub, orgId));
  await site.sync();
  const [job] = [...site.jobs.values()];
  const phase = async () => (await hub.services.task(ownerOf(orgId), job!.taskId)).phase;
  await hub.clock.advance(15 * 60_000 - 1);
  expect(await phase()).toBe("leased");
  await hub.clock.advance(1);
  expect(await phase()).toBe("ready");
  expect(hub.rung).toContain(site.identity.agentId);
  job!.state("executing");
  job!.step("transfer");
  await site.sync();
  expect(await phase(), "its agent had it after all").toBe("running");
  await hub.clock.advance(24 * HOUR + 60_000);
  expect(await phase()).toBe("reconciling");
  await hub.close();
});

test("a cancel after a lease that lapsed waits for the agent, which may be doing it all the same", async () => {
  const { hub, orgId, site } = await harbour();
  await site.report({ serial: serialOf(1) }, { serial: serialOf(2) });
  await click(hub, orgId, await deviceIds(hub, orgId));
  await site.sync();
  const [doing, dropped] = [...site.jobs.values()];
  await hub.clock.advance(15 * 60_000);
  const cancel = (job: typeof doing) => hub.services.cancelTask(ownerOf(orgId), job!.taskId);
  for (const job of [doing, dropped])
    expect(await cancel(job)).toMatchObject({ phase: "ready", cancel: "requested" });
  await hub.clock.advance(HOUR);
  const shown = (job: typeof doing) => hub.services.task(ownerOf(orgId), job!.taskId);
  expect(await shown(doing)).toMatchObject({ phase: "ready", cancel: "requested" });
  doing!.succeed();
  dropped!.end("cancelled", "CANCELLED");
  await site.sync();
  expect(await shown(doing)).toMatchObject({ phase: "succeeded" });
  expect(await shown(dropped)).toMatchObject({ phase: "cancelled", cancel: "done" });
  await hub.close();
});

test("cancel meets each phase as the matrix says", async () => {
  const { hub, orgId, site } = await harbour();
  await site.report(...[1, 2, 3, 4].map((n) => ({ serial: serialOf(n) })));
  const upgrade = await click(hub, orgId, await deviceIds(hub, orgId));
  const tasks = (await hub.services.tasks(ownerOf(orgId), { upgradeId: upgrade.id }, { limit: 9 })).items;
  const [queued, staged, sending, done] = tasks as [
    (typeof tasks)[0],
    (typeof tasks)[0],
    (typeof tasks)[0],
    (typeof tasks)[0],
  ];
  const cancel = (task: typeof queued) => hub.services.cancelTask(ownerOf(orgId), task.id);
  expect(await cancel(queued)).toMatchObject({ phase: "cancelled", cancel: "done" });
  expect(await codeOf(cancel(queued))).toBe("CANCEL_FINISHED");
  await site.sync();
  const job = (task: typeof queued) => site.jobs.get(task.id)!;

  expect(await cancel(staged)).toMatchObject({ phase: "leased", cancel: "requested" });
  expect(await cancel(staged), "a second wish changes nothing").toMatchObject({ cancel: "requested" });
  expect(hub.rung.at(-1)).toBe(site.identity.agentId);
  const answer = await site.sync();
  expect(answer?.commands).toMatchObject([{ taskId: staged.id, kind: "cancel" }]);
  job(staged).end("cancelled", "CANCELLED");
  await site.sync({ commandAcks: answer!.commands.map(({ commandId }) => commandId) });
  expect(await hub.services.task(ownerOf(orgId), staged.id)).toMatchObject({
    phase: "cancelled",
    cancel: "done",
  });

  job(sending).step("transfer", "lastChunk");
  job(done).succeed();
  await site.sync();
  expect(await codeOf(cancel(sending))).toBe("CANCEL_TOO_LATE");
  expect(await codeOf(cancel(done))).toBe("CANCEL_FINISHED");
  expect((await hub.services.upgrade(ownerOf(orgId), upgrade.id)).counts).toEqual({
    cancelled: 2,
    running: 1,
    succeeded: 1,
  });
  await hub.close();
});

test("tasks that wait for an image go on when it is imported", async () => {
  const images = [testImage()];
  const { hub, orgId, site } = await harbour(images);
  await site.report({ serial: serialOf(1) });
  const upgrade = await click(hub, orgId, await deviceIds(hub, orgId));
  const [image] = images.splice(0, 1);
  expect(await site.sync()).toBeNull();
  const counts = async () => (await hub.services.upgrade(ownerOf(orgId), upgrade.id)).counts;
  expect(await counts()).toEqual({ pending: 1 });
  images.push(image!);
  await hub.services.imageImported("operator", image!);
  await hub.clock.advance(1);
  expect(await counts()).toEqual({ ready: 1 });
  const listed = await hub.services.images({ limit: 5 });
  expect(listed.items).toMatchObject([{ digest: image!.digest, importedAt: hub.clock.wall() - 1 }]);
  await hub.close();
});

test("the silence of an agent is shown among the reasons for waiting", async () => {
  const { hub, orgId, site } = await harbour();
  await site.report({ serial: serialOf(1) });
  await click(hub, orgId, await deviceIds(hub, orgId));
  const holds = async () => (await hub.services.tasks(ownerOf(orgId), {}, { limit: 1 })).items[0]!.holds;
  expect(await holds()).toEqual([]);
  const since = hub.clock.wall();
  await hub.clock.advance(5 * 60_000);
  expect(await holds()).toEqual([{ reason: "agent_offline", until: null, since, code: null }]);
  await hub.close();
});

test("a key is good for two days", async () => {
  const { hub, orgId, site } = await harbour();
  await site.report({ serial: serialOf(1) }, { serial: serialOf(2) });
  const [first, second] = await deviceIds(hub, orgId);
  const wish = (deviceId: typeof first) =>
    hub.services.createUpgrade(
      ownerOf(orgId),
      { targets: [{ deviceId: deviceId!, digest: hub.images[0]!.digest }], backup: "wanted" },
      "key",
    );
  const made = await wish(first);
  hub.clock.jumpWall(48 * HOUR);
  expect(await wish(first)).toEqual(made);
  hub.clock.jumpWall(1);
  expect((await wish(second)).id).not.toBe(made.id);
  await hub.close();
});
