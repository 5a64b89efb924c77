import { createHash } from "node:crypto";
import { AxisVersion } from "@fyr/protocol";
import { expect, test } from "vitest";
import { packedImage, rawImage } from "../testing/image-file.ts";
import { testImage } from "../testing/test-repository.ts";
import { draftFacts } from "./draft-facts.ts";
import { counterOf, fitsDevice, isUpgradeableFrom, missingStep } from "./facts.ts";
import { inspectImage } from "./inspect.ts";
import { measureImage } from "./measure.ts";

const version = (text: string) => AxisVersion.parse(text);

async function* inPieces(bytes: Uint8Array, size = 300_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function draft(image: Uint8Array, wishes = {}) {
  return draftFacts(await measureImage(inPieces(image)), await inspectImage(inPieces(image)), wishes);
}

test("the release counter rises with the version", () => {
  const rising = ["5.51.7", "9.80.3", "9.80.3.9", "10.12.91", "11.11.85", "11.11.192", "12.0.1", "13.0.0.1"];
  const counters = rising.map(counterOf);
  expect(counters).toEqual([...counters].sort((a, b) => a - b));
  expect(new Set(counters).size).toBe(rising.length);
  expect(counterOf("999999.999999.999999.999999")).toBeLessThan(2 ** 53);
});

test("a way is open from listed versions and whole tracks, past no mandatory step", () => {
  const image = testImage({
    version: version("12.11.77"),
    upgradeableFrom: [version("11.11"), version("12.0.91")],
    mandatorySteps: [version("10.12"), version("9.80"), version("11.11")],
  });
  const open = ["11.11.85", "11.11", "12.0.91", "12.0.91.1"];
  const closed = ["11.1.11", "12.0.9", "11.110.1", "9.80.1"];
  for (const from of open) expect(isUpgradeableFrom(image, from), from).toBe(true);
  for (const from of closed) expect(isUpgradeableFrom(image, from), from).toBe(false);
  expect(isUpgradeableFrom(testImage(), "5.51.7")).toBe(true);
  expect(
    ["8.45.4", "9.80.3", "10.1.0", "10.12.91", "11.11.85", "12.1.0"].map((from) => missingStep(image, from)),
  ).toEqual(["9.80", "10.12", "10.12", "11.11", null, null]);
});

test("an image fits by model and by hardware", () => {
  const image = testImage({ models: ["P3245-LVE"], hardwareIds: ["92D"] });
  expect(fitsDevice(image, { model: "P3245-LVE", hardwareId: "92D" })).toBe("fits");
  expect(fitsDevice(image, { model: "P3245-LVE", hardwareId: "79F.4" })).toBe("wrong_hardware");
  expect(fitsDevice(image, { model: "P3245-LV", hardwareId: "92D" })).toBe("wrong_model");
  expect(fitsDevice(testImage({ models: ["P3245-LVE"] }), { model: "P3245-LVE", hardwareId: "any" })).toBe(
    "fits",
  );
});

test("facts are drafted from the bytes, the image's words and a person's", async () => {
  const image = await packedImage("gzip", { version: "11.11.192", upgradeableFrom: ["10.12"] });
  const facts = await draft(image, { mandatorySteps: ["10.12"], notes: "LTS" });
  expect(facts).toMatchObject({
    models: ["P3265-V"],
    hardwareIds: ["931.11"],
    version: "11.11.192",
    releaseCounter: counterOf("11.11.192"),
    upgradeableFrom: ["10.12"],
    mandatorySteps: ["10.12"],
    sizeBytes: image.length,
    withdrawn: false,
    notes: "LTS",
  });
});

test("a raw image needs a person to name its models", async () => {
  await expect(draft(rawImage("9.80.3"))).rejects.toThrow("IMAGE_MODEL_UNNAMED");
  expect((await draft(rawImage("9.80.3"), { models: ["V5915"] })).models).toEqual(["V5915"]);
  await expect(draft(rawImage("9.80.3"), { models: ["x".repeat(100)] })).rejects.toThrow("IMAGE_FORMAT");
});

test("pieces are hashed at every boundary, however the bytes arrive", async () => {
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  const MiB = 2 ** 20;
  for (const size of [1, MiB - 1, MiB, MiB + 1, 2 * MiB, 2 * MiB + 5]) {
    const image = Buffer.alloc(size, "image");
    const pieces = Array.from({ length: Math.ceil(size / MiB) }, (_, n) =>
      hash(image.subarray(n * MiB, (n + 1) * MiB)),
    );
    for (const step of [MiB, 65_537, 3 * MiB]) {
      const measured = await measureImage(inPieces(image, step));
      expect(Buffer.from(measured.chunks)).toEqual(Buffer.concat(pieces));
      expect(measured.digest).toBe(hash(image).toString("hex"));
      expect(measured.chunksSha256).toBe(hash(Buffer.concat(pieces)).toString("hex"));
      expect(measured.sizeBytes).toBe(size);
    }
  }
});
