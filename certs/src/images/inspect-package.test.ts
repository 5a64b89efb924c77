import { isFault } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { infoJson, msiFile, packedImage, rawImage, tarOf } from "../testing/image-file.ts";
import { gzipSync } from "node:zlib";
import { inspectPackage } from "./inspect-package.ts";
import { INSPECT_LIMITS } from "./inspect.ts";

const ACS = { product: "acs-pro-server", version: "6.18.27687" };

async function* inPieces(bytes: Uint8Array, size = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function refusal(bytes: Uint8Array, limits = INSPECT_LIMITS, wish = ACS): Promise<string | null> {
  try {
    await inspectPackage(inPieces(bytes), wish, limits);
    return null;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

test("R-080: a Windows Installer file is taken as the version and product that are said of it", async () => {
  for (const size of [1, 7, 511, 100_000])
    expect(await inspectPackage(inPieces(msiFile(), size), ACS)).toEqual({
      ...{ format: "msi", version: ACS.version, models: [ACS.product] },
      ...{ hardwareIds: [], upgradeableFrom: [] },
    });
});

test("one that is cut short is noticed by the sectors that it should have", async () => {
  const whole = msiFile();
  for (const share of [0.001, 0.05, 0.5, 0.95])
    expect(await refusal(whole.subarray(0, Math.max(8, whole.length * share))), `${share}`).toBe(
      "IMAGE_TRUNCATED",
    );
});

test.each<[string, (header: Buffer) => void]>([
  ["another byte order", (header) => header.writeUInt16BE(0xfffe, 28)],
  ["no size of a sector that there is", (header) => header.writeUInt16LE(10, 30)],
  ["no allocation table", (header) => header.writeUInt32LE(0, 44)],
  ["no sector of its folder", (header) => header.writeUInt32LE(0xfffffffe, 48)],
])("one with %s is none", async (_, spoil) => {
  const file = msiFile();
  spoil(file);
  expect(await refusal(file)).toBe("PACKAGE_INVALID");
});

test("an archive for Linux hosts must hold the version that is said of it", async () => {
  const archive = gzipSync(await tarOf({ "info.json": infoJson({ version: ACS.version }), x: "x" }));
  expect(await inspectPackage(inPieces(archive), ACS)).toMatchObject({
    format: "gzip",
    models: [ACS.product],
  });
  expect(await refusal(archive, INSPECT_LIMITS, { ...ACS, version: "6.19.1" })).toBe("PACKAGE_INVALID");
});

test("images of devices and anything else are no packages; what is too large is refused", async () => {
  for (const file of [
    rawImage("9.80.3"),
    await packedImage("zstd", { version: ACS.version }),
    Buffer.from("PK\u0003\u0004 zip"),
    Buffer.from("MZ an executable"),
  ])
    expect(await refusal(file)).toBe("PACKAGE_INVALID");
  expect(await refusal(msiFile(), { ...INSPECT_LIMITS, maxBytes: 600 })).toBe("IMAGE_TOO_LARGE");
  expect(await refusal(Buffer.alloc(0))).toBe("IMAGE_TRUNCATED");
});

test("a damaged header is refused with a fault, never a crash", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(511), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const file = msiFile();
      file[at] = (file[at] ?? 0) ^ flip;
      expect(await refusal(file)).toSatisfy(
        (code: string | null) => code === null || /^(IMAGE_|PACKAGE_)/.test(code),
      );
    }),
  );
});
