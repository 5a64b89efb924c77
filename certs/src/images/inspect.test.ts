import { gzipSync, zstdCompressSync } from "node:zlib";
import { isFault } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { infoJson, packedImage, rawImage, tarOf } from "../testing/image-file.ts";
import { INSPECT_LIMITS, inspectImage } from "./inspect.ts";

async function* inPieces(bytes: Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function refusal(bytes: Uint8Array, limits = INSPECT_LIMITS): Promise<string | null> {
  try {
    await inspectImage(inPieces(bytes), limits);
    return null;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

const noise = seededRandom("image content").bytes(300_000);

/** As a file is read: every piece in the same buffer. */
async function* inOneBuffer(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(10_000);
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const piece = bytes.subarray(at, at + buffer.length);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

test.each(["gzip", "zstd"] as const)("a %s image is read whole through one buffer", async (kind) => {
  const image = await packedImage(kind, { version: "11.11.192", content: noise });
  expect(await inspectImage(inOneBuffer(image))).toMatchObject({ version: "11.11.192" });
});

test.each(["gzip", "zstd"] as const)("a %s image says its version, models and hardware", async (kind) => {
  const facts = {
    models: ["P3245-LVE", "P3245-LV"],
    hardwareIds: ["79F.4", "92D"],
    upgradeableFrom: ["10.12", "11.11"],
  };
  const image = await packedImage(kind, { ...facts, version: "11.11.192", content: noise });
  for (const size of [1, 7, 65_536]) {
    if (size === 1 && kind === "zstd") continue; // a second of one-byte calls proves nothing more
    expect(await inspectImage(inPieces(image, size * 100))).toEqual({
      format: kind,
      version: "11.11.192",
      ...facts,
    });
  }
});

test("a raw image says its version and no model", async () => {
  const nothing = { models: [], hardwareIds: [], upgradeableFrom: [], format: "raw" };
  expect(await inspectImage(inPieces(rawImage("9.80.3.9")))).toEqual({ ...nothing, version: "9.80.3.9" });
  expect(await inspectImage(inPieces(rawImage("5.51.7", 3), 3))).toEqual({ ...nothing, version: "5.51.7" });
  const bigEndian = rawImage("10.12.91");
  bigEndian.writeUInt32BE(4, 4);
  expect((await inspectImage(inPieces(bigEndian))).version).toBe("10.12.91");
});

test.each(["gzip", "zstd"] as const)("a %s image cut anywhere is truncated", async (kind) => {
  const image = await packedImage(kind, { content: noise });
  for (const share of [0.0001, 0.01, 0.5, 0.9, 0.9999]) {
    expect(await refusal(image.subarray(0, Math.floor(image.length * share))), `${share}`).toBe(
      "IMAGE_TRUNCATED",
    );
  }
  expect(await refusal(image.subarray(0, image.length - 1))).toBe("IMAGE_TRUNCATED");
});

test("a raw image cut in its header is truncated, one without a version is no image", async () => {
  expect(await refusal(rawImage("9.80.3").subarray(0, 0x17f))).toBe("IMAGE_TRUNCATED");
  expect(await refusal(rawImage("not a version"))).toBe("IMAGE_FORMAT");
  expect(await refusal(new Uint8Array())).toBe("IMAGE_TRUNCATED");
});

test("what is no image is refused as such", async () => {
  const files: Record<string, Uint8Array> = {
    text: Buffer.from("<html>login</html>"),
    zip: Buffer.from("PK\u0003\u0004 something longer"),
    "gzip of text": gzipSync("hello, this is no tar"),
    "no info": gzipSync(await tarOf({ fimage: noise })),
    "info too late": gzipSync(
      await tarOf({
        ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`m${n}`, "x"])),
        "info.json": infoJson(),
      }),
    ),
    "info not JSON": gzipSync(await tarOf({ "info.json": "{", fimage: noise })),
    "info of something else": gzipSync(await tarOf({ "info.json": "{}", fimage: noise })),
    "no products": gzipSync(await tarOf({ "info.json": JSON.stringify({ Release: "1.2.3", Products: [] }) })),
    "huge info": gzipSync(await tarOf({ "info.json": `${infoJson()}${" ".repeat(2 ** 21)}` })),
    "another info": gzipSync(await tarOf({ "sub/info.json": infoJson() })),
  };
  for (const [name, file] of Object.entries(files))
    expect(await refusal(file), name).toMatch(/^IMAGE_(FORMAT|TRUNCATED)$/);
});

test("size is capped before and after unpacking", async () => {
  const image = await packedImage("gzip", { content: noise });
  expect(await refusal(image, { ...INSPECT_LIMITS, maxBytes: image.length - 1 })).toBe("IMAGE_TOO_LARGE");
  expect(await refusal(image, { ...INSPECT_LIMITS, maxBytes: image.length })).toBeNull();
  const bomb = gzipSync(await tarOf({ "info.json": infoJson(), zeros: new Uint8Array(50_000_000) }));
  expect(bomb.length).toBeLessThan(100_000);
  expect(await refusal(bomb, { ...INSPECT_LIMITS, maxUnpackedBytes: 10_000_000 })).toBe("IMAGE_TOO_LARGE");
});

test("what a vendor appends behind the packed content does not disturb", async () => {
  const gzip = await packedImage("gzip");
  expect(await refusal(Buffer.concat([gzip, gzipSync("")]))).toBeNull();
  expect(await refusal(Buffer.concat([gzip, Buffer.from("signature")]))).toBeNull();
  const skippable = Buffer.from("502a4d1804000000abcdef01", "hex");
  const zstd = await packedImage("zstd");
  expect(await refusal(Buffer.concat([zstd, skippable]))).toBeNull();
  expect(await refusal(Buffer.concat([zstd, Buffer.from("signature")]))).toBeNull();
});

test("an error of the disk is not blamed on the image", async () => {
  const image = await packedImage("gzip", { content: noise });
  async function* failing() {
    yield image.subarray(0, 1000);
    throw Object.assign(new Error("read failed"), { code: "EIO" });
  }
  await expect(inspectImage(failing())).rejects.toThrow("read failed");
});

test("damaged images are refused with a fault, never a crash", async () => {
  const images = [
    await packedImage("gzip", { content: noise }),
    zstdCompressSync(await tarOf({ "info.json": infoJson(), x: noise })),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...images),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (image, at, flip) => {
        const copy = Buffer.from(image);
        const place = at % copy.length;
        copy[place] = (copy[place] ?? 0) ^ flip;
        expect(await refusal(copy)).toSatisfy(
          (code: string | null) => code === null || code.startsWith("IMAGE_"),
        );
      },
    ),
    { numRuns: 60 },
  );
});
