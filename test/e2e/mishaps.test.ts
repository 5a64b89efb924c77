import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileDisk, openStore } from "@fyr/agent/testing";
import type { AgentSummary, Task } from "@fyr/protocol";
import { makeImage } from "@fyr/simulator";
import { faultProxy, type FaultProxy } from "@fyr/runtime/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "./stage/house.ts";
import { pause, until } from "./stage/patience.ts";
import { mayMount } from "./stage/small-disk.ts";
import type { SiteCamera } from "./stage/site.ts";

const PATIENCE_MS = 90_000;

let house: House;
let mqtt: FaultProxy;
beforeAll(async () => {
  mqtt = await faultProxy({ port: 9 });
  mqtt.set({ silent: true });
  house = await openHouse(
    { devices: 24, firstAddress: "127.46.0.1", generations: ["11.11", "12"] },
    {
      hubEnv: { HUB_MQTT_URL: `mqtts://localhost:${mqtt.port}`, HUB_SPARE_DISK_BYTES: "0" },
      hubDiskMegabytes: mayMount ? 64 : undefined,
    },
  );
}, 120_000);
afterAll(async () => {
  await house.hubDisk?.free();
  await house.close();
  await mqtt.close();
});

async function order(camera: SiteCamera): Promise<Task> {
  const { operator } = house.hub;
  const device = await operator.device(house.orgId, camera.serial);
  return operator.upgrade(house.orgId, { device, digest: camera.digest() });
}

const ending = ({ id }: Task) => house.hub.operator.ending(house.orgId, id);

function expectUpgraded(camera: SiteCamera, task: Task): void {
  expect(task).toMatchObject({ phase: "succeeded", outcomeCode: null });
  const { target } = camera.blueprint;
  expect(camera.truth()).toMatchObject({ active: target, committed: true, flashedTwice: [] });
}

test(
  "with the MQTT port blocked everything works",
  async () => {
    const camera = house.site.take("11.11");
    const agent = await house.enrol("blocked", [camera.range]);
    house.start(agent);
    expectUpgraded(camera, await ending(await order(camera)));
    expect(mqtt.connectionsMade()).toBeGreaterThan(0);
    expect(mqtt.passedBytes.down).toBe(0);
  },
  PATIENCE_MS,
);

test(
  "a revoked agent is refused, and nothing more is given to it",
  async () => {
    const camera = house.site.take("12");
    const { operator } = house.hub;
    const agent = await house.enrol("revoked", [camera.range]);
    house.start(agent);
    await operator.device(house.orgId, camera.serial);
    expect(await operator.revokeAgent(house.orgId, agent.agentId)).toMatchObject({ state: "revoked" });
    await until("the agent is told", async () => {
      const log = await readFile(agent.logPath, "utf8");
      return log.includes("CERTIFICATE_REVOKED") || undefined;
    });
    const task = await order(camera).catch((error: { code?: string }) => error.code);
    await pause(2_000);
    if (typeof task === "object")
      expect(await operator.task(house.orgId, task.id)).toMatchObject({ epoch: 0, outcomeCode: null });
    const { items } = await operator.get<{ items: AgentSummary[] }>(`/orgs/${house.orgId}/agents?limit=500`);
    expect(items.find(({ id }) => id === agent.agentId)).toMatchObject({ online: false });
    expect(camera.truth().uploads).toEqual([]);
  },
  PATIENCE_MS,
);

/** A file system has to be made for these. */
const onSmallDisks = test.runIf(mayMount);

onSmallDisks(
  "an agent whose disk is full parks with the reason, takes nothing it cannot record, and goes on",
  async () => {
    const [first, second] = [house.site.take("12"), house.site.take("12")];
    const disk = await house.smallDisk("cramped", 40);
    try {
      // The journal keeps 32 MiB back; of what is left, images may take nearly nothing.
      const keepFreeBytes = 7 * 2 ** 20;
      const agent = await house.enrol("cramped", [first.range, second.range], { keepFreeBytes });
      house.start(agent);
      const parked = await order(first);
      await until("the hub shows the reason", async () => {
        const { holds } = await house.hub.operator.task(house.orgId, parked.id);
        return holds.some(({ code }) => code === "DISK_FULL") || undefined;
      });
      await pause(3_000); // time enough for many laps, were there no pause in them
      await disk.resize(64);
      expectUpgraded(first, await ending(parked));
      expect(eventsOf(agent.folder, parked)).toBeLessThan(30);

      await disk.fill();
      const waiting = await order(second);
      await pause(2_000);
      expect(second.truth().uploads).toEqual([]);
      await disk.free();
      expectUpgraded(second, await ending(waiting));
    } finally {
      await disk.free();
    }
  },
  PATIENCE_MS,
);

function eventsOf(folder: string, { id }: Task): number {
  const store = openStore(fileDisk(join(folder, "agent.db"), 0));
  const [job] = store.journal.jobsOf(id);
  store.close();
  return job?.seq ?? 0;
}

onSmallDisks(
  "a hub whose disk is full takes nothing in, loses nothing, and hears of it all when space returns",
  async () => {
    const { operator, folder } = house.hub;
    const camera = house.site.take("11.11");
    house.start(await house.enrol("patient", [camera.range]));
    const task = await order(camera);
    await camera.until("has the image", ({ uploads }) => uploads.some(({ complete }) => complete));
    await house.hubDisk?.fill();
    const { target } = camera.blueprint;
    await camera.until(
      "is upgraded without the hub",
      ({ active, committed }) => active === target && committed,
    );
    const image = await makeImage({
      ...{
        version: "12.14.1",
        models: [camera.blueprint.identity.model],
        sizeBytes: 500_000,
        seed: "no room",
      },
    });
    await expect(operator.importImage(image, { models: "", hardwareIds: "" })).rejects.toMatchObject({
      code: "HUB_DISK_FULL",
    });
    expect(await readdir(join(folder, "images", "incoming"))).toEqual([]);
    expect((await operator.task(house.orgId, task.id)).phase).not.toBe("succeeded");
    await house.hubDisk?.free();
    expectUpgraded(camera, await ending(task));
  },
  PATIENCE_MS,
);
