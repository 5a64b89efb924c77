import fc from "fast-check";
import { Serial } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { ImageInfo } from "../device/image.ts";
import { imageReader } from "../device/image-reader.ts";
import { demoImages } from "./images.ts";
import { GENERATION_NAMES } from "./mix.ts";
import { makeSite } from "./site.ts";

const plan = (seed: string, devices = 60) => {
  const site = makeSite({ devices, seed });
  return Array.from({ length: devices }, (_, index) => site.blueprint(index));
};

test("the same seed gives the same site, another seed another one", () => {
  expect(plan("a")).toEqual(plan("a"));
  expect(plan("a")).not.toEqual(plan("b"));
});

test("twelve devices cover every generation, and one of each has something to gain", () => {
  const devices = plan("1", 12);
  for (const name of GENERATION_NAMES) {
    const some = devices.filter(({ generation }) => generation === name);
    expect(some.length).toBe(2);
    expect(some.some(({ version, target }) => version !== target)).toBe(true);
  }
});

test("some devices of a larger site run their target already", () => {
  const current = plan("1", 300).filter(({ version, target }) => version === target);
  expect(current.length).toBeGreaterThan(30);
  expect(current.length).toBeLessThan(120);
});

test("every device is found by its address and by its serial, and nobody else is", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 70_000 }), fc.nat(), (seed, devices, pick) => {
      const site = makeSite({ devices, seed, firstAddress: "127.200.255.250" });
      const index = pick % devices;
      const { identity } = site.blueprint(index);
      expect(Serial.safeParse(identity.serial).success).toBe(true);
      expect(site.indexAt(identity.address)).toBe(index);
      expect(site.indexOf(identity.serial)).toBe(index);
      expect(site.indexAt("127.200.255.249")).toBeUndefined();
      expect(site.indexOf("000000000000")).toBeUndefined();
    }),
  );
});

test("serials differ across a site of 50,000", () => {
  const site = makeSite({ devices: 50_000, seed: "many" });
  const serials = new Set(
    Array.from({ length: site.size }, (_, index) => site.blueprint(index).identity.serial),
  );
  expect(serials.size).toBe(50_000);
});

test.each(["0.0.0.0", "::1", "localhost", "192.168.0.90", "127.1", "0x7f.0.0.1", "127.255.255.250"])(
  "a site at %s is refused: it would leave 127.0.0.0/8",
  (firstAddress) => {
    expect(() => makeSite({ devices: 10, seed: "1", firstAddress })).toThrow("127.0.0.0/8");
  },
);

test("each device has exactly one image that fits it, and it brings the target", async () => {
  const site = makeSite({ devices: 40, seed: "1" });
  const infos: ImageInfo[] = [];
  for (const { make, fileName } of demoImages(site, 1_000)) {
    const reader = imageReader();
    reader.take(await make());
    const { info, seal } = await reader.end();
    expect([fileName, seal]).toEqual([fileName, "good"]);
    if (info) infos.push(info);
  }
  for (let index = 0; index < site.size; index++) {
    const { identity, from, target } = site.blueprint(index);
    const fitting = infos.filter(({ Products }) =>
      Products.some(({ HardwareID }) => HardwareID === identity.model.hardwareId),
    );
    expect(fitting.map(({ Release }) => Release)).toEqual([target]);
    if (fitting[0]?.UpgradeableFrom) expect(fitting[0].UpgradeableFrom).toContain(from);
  }
});
