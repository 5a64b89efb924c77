import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { isTerminal, type Digest, type FaultCode } from "@fyr/protocol";
import { makeImage, makeUnsignedImage, truncated, type ImageRecipe } from "@fyr/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flipByte } from "./stage/damage.ts";
import { openHouse, type Agent, type House } from "./stage/house.ts";
import { pause, until } from "./stage/patience.ts";
import type { SiteCamera } from "./stage/site.ts";

let house: House;
let cameras: SiteCamera[];
beforeAll(async () => {
  house = await openHouse({ devices: 24, firstAddress: "127.45.0.1", generations: ["12"] });
  cameras = Array.from({ length: 9 }, () => house.site.take("12"));
  const ranges = cameras.map(({ range }) => range);
  house.start(await house.enrol("honest", ranges));
}, 120_000);
afterAll(() => house.close());

const next = (): SiteCamera => {
  const camera = cameras.shift();
  if (!camera) throw new Error("no device is left");
  return camera;
};

const recipeFor = ({ blueprint }: SiteCamera, change: Partial<ImageRecipe> = {}): ImageRecipe => ({
  version: "12.11.77",
  models: [blueprint.identity.model],
  sizeBytes: 50_000,
  seed: blueprint.identity.serial,
  upgradeableFrom: ["12.9"],
  ...change,
});

/** A signed image that does not fit `camera`, and what a hub would have to believe to send it there. */
const MISFITS: readonly {
  readonly code: FaultCode;
  readonly change: (camera: SiteCamera) => Partial<ImageRecipe>;
  readonly lie: (recipe: ImageRecipe) => Record<string, string>;
}[] = [
  {
    code: "IMAGE_WRONG_MODEL",
    change: ({ blueprint }) => ({ models: [{ ...blueprint.identity.model, prodNbr: "Q6135-LE" }] }),
    lie: () => ({ model: "Q6135-LE" }),
  },
  {
    code: "IMAGE_WRONG_HARDWARE",
    change: ({ blueprint }) => ({ models: [{ ...blueprint.identity.model, hardwareId: "FFF" }] }),
    lie: () => ({ hardware_id: "FFF" }),
  },
  {
    code: "IMAGE_DOWNGRADE",
    change: () => ({ version: "12.8.54", upgradeableFrom: ["12.2"] }),
    lie: () => ({ version: "12.2.41" }),
  },
  {
    code: "IMAGE_PATH_BLOCKED",
    change: () => ({ version: "12.13.5", upgradeableFrom: ["12.10"] }),
    lie: () => ({ version: "12.10.60" }),
  },
];

const misfit = async (recipe: ImageRecipe): Promise<Digest> =>
  (await house.hub.operator.importImage(await makeImage(recipe), { models: "", hardwareIds: "" })).digest;

test.for(MISFITS)(
  "$code is refused by the hub, and by the agent of a hub that was lied to",
  async ({ code, change, lie }) => {
    const { operator, folder } = house.hub;
    const camera = next();
    const recipe = recipeFor(camera, change(camera));
    const digest = await misfit(recipe);
    const device = await operator.device(house.orgId, camera.serial);
    await expect(operator.upgrade(house.orgId, { device, digest })).rejects.toMatchObject({ code });

    believe(folder, camera.serial, lie(recipe));
    const task = await operator.upgrade(house.orgId, { device, digest });
    const refused = await until(`${code} is told`, async () => {
      const now = await operator.task(house.orgId, task.id);
      return now.outcomeCode === code ? now : undefined;
    });
    expect(isTerminal(refused.phase) || refused.holds.length > 0).toBe(true);
    expect(camera.truth().uploads).toEqual([]);
  },
);

/** Writes into the hub's database what nobody reported. */
function believe(hubFolder: string, serial: string, facts: Record<string, string>): void {
  const database = new Database(join(hubFolder, "hub.db"), { timeout: 5_000 });
  for (const [column, value] of Object.entries(facts))
    database.prepare(`update devices set ${column} = ? where serial = ?`).run(value, serial);
  database.close();
}

const endOf = async (camera: SiteCamera, digest: Digest) => {
  const { operator } = house.hub;
  const device = await operator.device(house.orgId, camera.serial);
  const { id } = await operator.upgrade(house.orgId, { device, digest });
  return operator.ending(house.orgId, id);
};

const ownImage = async (camera: SiteCamera) => {
  const bytes = await makeImage(recipeFor(camera));
  const { digest } = await house.hub.operator.importImage(bytes, { models: "", hardwareIds: "" });
  return { digest, path: join(house.hub.folder, "images", `${digest}.bin`) };
};

test("an image that changed on the hub's disk is not what its publishers signed", async () => {
  const camera = next();
  const { digest, path } = await ownImage(camera);
  await flipByte(path);
  expect(await endOf(camera, digest)).toMatchObject({ phase: "failed", outcomeCode: "IMAGE_CORRUPT" });
  expect(camera.truth().uploads).toEqual([]);
});

test("an image that was cut short on the hub's disk is waited for, and taken once it is whole", async () => {
  const { operator } = house.hub;
  const camera = next();
  const { digest, path } = await ownImage(camera);
  const whole = await readFile(path);
  await truncate(path, whole.length >> 1);
  const device = await operator.device(house.orgId, camera.serial);
  const { id } = await operator.upgrade(house.orgId, { device, digest });
  await until("the image is fetched", async () => {
    const { progress } = await operator.task(house.orgId, id);
    return progress?.state === "staging" || undefined;
  });
  await pause(1_500);
  expect(camera.truth().uploads).toEqual([]);
  await writeFile(path, whole);
  expect(await operator.ending(house.orgId, id)).toMatchObject({ phase: "succeeded" });
});

test("what is no whole image is not imported", async () => {
  const { operator } = house.hub;
  const bytes = await makeImage(recipeFor(next()));
  const named = { models: "P3265-V", hardwareIds: "" };
  const refusal = (file: Uint8Array) =>
    operator.importImage(file, named).then(
      () => "imported",
      (error: { code: string }) => error.code,
    );
  expect(await refusal(truncated(bytes))).toBe("IMAGE_TRUNCATED");
  expect(await refusal(Buffer.from("not an image at all"))).toBe("IMAGE_FORMAT");
  expect(await refusal(Buffer.alloc(0))).toBe("IMAGE_TRUNCATED");
});

test("an image without the vendor's seal is refused by the device, and said so", async () => {
  const camera = next();
  const bytes = await makeUnsignedImage(recipeFor(camera));
  const { digest } = await house.hub.operator.importImage(bytes, { models: "", hardwareIds: "" });
  expect(await endOf(camera, digest)).toMatchObject({ phase: "failed", outcomeCode: "DEVICE_IMAGE_REFUSED" });
  expect(camera.truth().uploads).toMatchObject([{ verdict: "refused" }]);
  expect(camera.truth()).toMatchObject({ active: camera.blueprint.from, flashedTwice: [] });
});

test("metadata that other publishers signed moves no image", async () => {
  const camera = house.site.take("12");
  const agent = await house.enrol("misled", [camera.range]);
  await trustOthers(agent);
  house.start(agent);
  const ended = await endOf(camera, camera.digest());
  expect(ended.phase).toBe("failed");
  expect(ended.outcomeCode).toMatch(/^METADATA_(SIGNATURE|INVALID)$/);
  expect(camera.truth().uploads).toEqual([]);
});

/** The root that this agent starts from names other keys than those that sign. */
async function trustOthers({ folder }: Agent): Promise<void> {
  const path = join(folder, "identity.json");
  const text = await readFile(path, "utf8");
  const identity = JSON.parse(text) as {
    imageRoot: { signed: { keys: Record<string, { keyval: { public: string } }> } };
  };
  for (const { keyval } of Object.values(identity.imageRoot.signed.keys))
    keyval.public = keyval.public.startsWith("00")
      ? `11${keyval.public.slice(2)}`
      : `00${keyval.public.slice(2)}`;
  await writeFile(path, JSON.stringify(identity));
}
