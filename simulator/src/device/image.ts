import { createCipheriv, createHash } from "node:crypto";
import { compareVersions } from "@fyr/protocol";
import { z } from "zod";
import { CONTAINERS, type ContainerName } from "./container.ts";
import type { Model } from "./identity.ts";
import { makeSeal, SEAL_BYTES, sealKey, VENDOR_KEY } from "./seal.ts";

/** What `info.json` says inside an image (vapix.md 5.4). Unknown fields are let through. */
export const ImageInfo = z.looseObject({
  Release: z.string(),
  BuildNbr: z.string(),
  PartNbr: z.string(),
  BuildTime: z.int(),
  SigningDomain: z.string().optional(),
  Track: z.string().optional(),
  UpgradeableFrom: z.array(z.string()).optional(),
  Products: z.array(
    z.looseObject({
      Brand: z.string(),
      ProdNbr: z.string(),
      HardwareID: z.string(),
      ProdType: z.string(),
      ProdFullName: z.string(),
      ProdShortName: z.string(),
      ProdVariant: z.string().optional(),
    }),
  ),
});
export type ImageInfo = z.infer<typeof ImageInfo>;

export interface ImageRecipe {
  readonly version: string;
  /** The products that accept it. */
  readonly models: readonly Model[];
  /** Bytes of content; the file is a few kilobytes larger. */
  readonly sizeBytes: number;
  /** Content is drawn from it: the same recipe gives the same bytes. */
  readonly seed: string;
  /** Versions that may be upgraded to this one; left out of info.json when undefined, as before 11. */
  readonly upgradeableFrom?: readonly string[];
}

/** Which container a version comes in (vapix.md 5.4). */
export function containerFor(version: string): ContainerName {
  if (compareVersions(version, "13.0") >= 0) return "zstd";
  return compareVersions(version, "11.0") >= 0 ? "gzip" : "raw";
}

/** Digits that look like an Axis part number and depend on nothing but the version. */
export function partNumber(version: string): string {
  const digest = createHash("sha256").update(version).digest();
  return `7${String(digest.readUInt32BE(0) % 1e9).padStart(9, "0")}`;
}

const FIRST_BUILD_S = Date.UTC(2014, 1, 4, 9, 30) / 1000;
const MINOR_TAKES_S = 526_000;

/** When a version was built, in seconds since 1970: believable, rising with the version, always the same. */
export function buildTime(version: string): number {
  const [major = 0, minor = 0, build = 0, fix = 0] = version
    .split(/[.-]/)
    .map((part) => Number.parseInt(part, 10) || 0);
  const minors = (major - 5) * 100 + (minor - 51) + build / 1e3 + fix / 1e5;
  return Math.round((FIRST_BUILD_S + minors * MINOR_TAKES_S) / 60) * 60;
}

export function imageInfo({ version, models, upgradeableFrom }: ImageRecipe): ImageInfo {
  return {
    Release: version,
    BuildNbr: "1",
    PartNbr: partNumber(version),
    BuildTime: buildTime(version),
    SigningDomain: "simulated",
    ...(containerFor(version) === "zstd" && { Track: `active-${version.split(".")[0]}` }),
    ...(upgradeableFrom && { UpgradeableFrom: [...upgradeableFrom] }),
    Products: models.map((model) => ({
      Brand: "AXIS",
      ProdNbr: model.prodNbr,
      HardwareID: model.hardwareId,
      ProdType: model.prodType,
      ProdFullName: model.prodFullName,
      ProdShortName: model.prodShortName,
      ...(model.prodVariant !== "" && { ProdVariant: model.prodVariant }),
    })),
  };
}

/** Incompressible bytes from a seed, as fast as the processor makes them. */
function content(seed: string, sizeBytes: number): Buffer {
  const key = createHash("sha256").update(`image ${seed}`).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

type Signing = "vendor" | "nobody" | "stranger";

async function build(recipe: ImageRecipe, signing: Signing): Promise<Buffer> {
  const container = CONTAINERS[containerFor(recipe.version)];
  const info = `${JSON.stringify(imageInfo(recipe), null, 2)}\n`;
  const packed = await container.pack(info, recipe.version, content(recipe.seed, recipe.sizeBytes));
  const digest = createHash("sha256").update(packed).digest();
  const keys = { vendor: VENDOR_KEY, nobody: undefined, stranger: sealKey("stranger") };
  return Buffer.concat([packed, container.sealBefore, makeSeal(digest, keys[signing]), container.sealAfter]);
}

/** An image that a device of one of `models` accepts. */
export const makeImage = (recipe: ImageRecipe): Promise<Buffer> => build(recipe, "vendor");

/** Whole, but without the signature that devices from 7.40 demand (422). */
export const makeUnsignedImage = (recipe: ImageRecipe): Promise<Buffer> => build(recipe, "nobody");

/** Signed by a key that no device knows (424). */
export const makeForeignImage = (recipe: ImageRecipe): Promise<Buffer> => build(recipe, "stranger");

/** The first `share` of an image, as a broken download leaves it (415). */
export const truncated = (image: Uint8Array, share = 0.5): Uint8Array =>
  image.subarray(0, Math.floor(image.length * share));

/** One bit of the content flipped (415). */
export function damaged(image: Uint8Array, at = Math.floor(image.length / 2)): Uint8Array {
  const copy = Uint8Array.from(image);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Bytes after the packed content: what the device holds back while it hashes. */
export function sealFrame(name: ContainerName): { readonly before: number; readonly total: number } {
  const { sealBefore, sealAfter } = CONTAINERS[name];
  return { before: sealBefore.length, total: sealBefore.length + SEAL_BYTES + sealAfter.length };
}

/** `P3265-V_12_11_77.bin`: the name under which an image is published (vapix.md 5.5). */
export const imageFileName = (prodNbr: string, version: string): string =>
  `${prodNbr.replaceAll(" ", "_")}_${version.replaceAll(".", "_")}.bin`;
