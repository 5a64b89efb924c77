import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { modelOf } from "./catalogue.ts";
import {
  damaged,
  imageFileName,
  makeForeignImage,
  makeImage,
  makeUnsignedImage,
  truncated,
  type ImageRecipe,
} from "./image.ts";
import { imageReader } from "./image-reader.ts";

const recipe = (version: string, sizeBytes = 40_000): ImageRecipe => ({
  version,
  models: [modelOf("931.11")],
  sizeBytes,
  seed: "one",
});

async function read(image: Uint8Array, pieceBytes = 64 * 1024) {
  const reader = imageReader();
  for (let at = 0; at < image.length; at += pieceBytes) reader.take(image.subarray(at, at + pieceBytes));
  return reader.end();
}

const VERSIONS = { raw: "10.12.323", gzip: "12.11.77", zstd: "13.0.33" };

test.each(Object.entries(VERSIONS))(
  "a %s image is read back, in whatever pieces it comes",
  async (name, version) => {
    const image = await makeImage(recipe(version));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50_000 }), async (pieceBytes) => {
        const found = await read(image, pieceBytes);
        expect(found).toMatchObject({ seal: "good", bytes: image.length, container: { name } });
        expect(found.info).toMatchObject({
          Release: version,
          Products: [{ ProdNbr: "P3265-V", HardwareID: "931.11" }],
        });
        expect(found.sha256).toBe(createHash("sha256").update(image).digest("hex"));
      }),
      { numRuns: 15, examples: [[1]] },
    );
  },
);

test.each(Object.values(VERSIONS))("what is wrong with an image of %s is seen", async (version) => {
  const image = await makeImage(recipe(version));
  expect((await read(truncated(image))).seal).toBe("none");
  expect((await read(truncated(image, 0.999))).seal).toBe("none");
  expect((await read(damaged(image))).seal).toBe("wrong");
  expect((await read(await makeUnsignedImage(recipe(version)))).seal).toBe("unsigned");
  expect((await read(await makeForeignImage(recipe(version)))).seal).toBe("foreign");
});

test("text is no image at all", async () => {
  const text = Buffer.from("twenty bytes of text");
  const sha256 = createHash("sha256").update(text).digest("hex");
  expect(await read(text)).toEqual({ bytes: 20, sha256, container: null, info: null, seal: "none" });
});

test("the same recipe gives the same bytes, another seed others", async () => {
  const image = await makeImage(recipe("12.11.77"));
  expect((await makeImage(recipe("12.11.77"))).equals(image)).toBe(true);
  expect((await makeImage({ ...recipe("12.11.77"), seed: "two" })).equals(image)).toBe(false);
});

test("common tools read the gzip image", async () => {
  const image = await makeImage(recipe("12.11.77"));
  expect(spawnSync("gzip", ["-t"], { input: image })).toMatchObject({ status: 0, stderr: Buffer.alloc(0) });
  const tar = spawnSync("tar", ["-xzO", "info.json"], { input: image });
  expect(JSON.parse(tar.stdout.toString())).toMatchObject({ Release: "12.11.77" });
});

test("files are named as the vendor names them", () => {
  expect(imageFileName("P3265-V", "12.11.77")).toBe("P3265-V_12_11_77.bin");
  expect(imageFileName("C Bullet LE", "9.80.3.9")).toBe("C_Bullet_LE_9_80_3_9.bin");
});
