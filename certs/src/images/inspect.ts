import { AxisVersion, Fault } from "@fyr/protocol";
import { z } from "zod";
import { readRawVersion } from "./raw-image.ts";
import { readInfoJson } from "./packed-image.ts";

/**
 * How AXIS OS images are packed (vapix.md 5.4): raw up to about 10, gzip tar from about 11, zstd tar from 13. A server's
 * package is a gzip tar or a Windows Installer file.
 */
export type ImageFormat = "raw" | "gzip" | "zstd" | "msi";

type DeviceFormat = Exclude<ImageFormat, "msi">;

/** What an image file says of itself. Nobody has vouched for it yet. */
export interface ImageInfo {
  readonly format: ImageFormat;
  readonly version: string;
  /** ProdNbr of each product; empty in raw images, which name none: the importer has to say. */
  readonly models: readonly string[];
  readonly hardwareIds: readonly string[];
  /** Versions it may be installed over; empty when it does not say. */
  readonly upgradeableFrom: readonly string[];
}

export interface InspectLimits {
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** Bytes that it may unpack to: a gigabyte of zeros packs into one megabyte. */
  readonly maxUnpackedBytes: number;
}

export const INSPECT_LIMITS: InspectLimits = { maxBytes: 2 ** 31, maxUnpackedBytes: 2 ** 33 };

const MAGICS: readonly (readonly [DeviceFormat, Buffer])[] = [
  ["raw", Buffer.from("f3eb30a9", "hex")],
  ["gzip", Buffer.from("1f8b", "hex")],
  ["zstd", Buffer.from("28b52ffd", "hex")],
];
const MAGIC_BYTES = 4;

/** `info.json` as Axis writes it; fields that do not matter here are let through. */
const InfoJson = z.looseObject({
  Release: AxisVersion,
  UpgradeableFrom: z.array(AxisVersion).max(200).optional(),
  Products: z
    .array(
      z.looseObject({ ProdNbr: z.string().trim().min(1).max(60), HardwareID: z.string().max(20).optional() }),
    )
    .min(1)
    .max(500),
});

const format = (reason: string, cause?: unknown) => new Fault("IMAGE_FORMAT", { reason }, { cause });

const distinct = (texts: readonly string[]): string[] => [...new Set(texts.filter((text) => text !== ""))];

function fromInfoJson(kind: ImageFormat, text: string): ImageInfo {
  const parsed = InfoJson.safeParse(parseJson(text));
  if (!parsed.success) throw format("info.json is not an image's");
  const { Release, UpgradeableFrom = [], Products } = parsed.data;
  return {
    format: kind,
    version: Release,
    models: distinct(Products.map(({ ProdNbr }) => ProdNbr)),
    hardwareIds: distinct(Products.map(({ HardwareID = "" }) => HardwareID)),
    upgradeableFrom: distinct(UpgradeableFrom),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw format("info.json is not JSON", error);
  }
}

/** Refuses what grows beyond the cap, whatever its sender said it would be. */
export async function* capped(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > maxBytes) throw new Fault("IMAGE_TOO_LARGE", { maxBytes });
    yield chunk;
  }
}

/** The first bytes of a stream, and the whole stream again. */
export async function peek(bytes: AsyncIterable<Uint8Array>, count: number) {
  const source = bytes[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < count) {
    const next = await source.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield start;
    yield* { [Symbol.asyncIterator]: () => source };
  }
  return { start, whole: whole() };
}

/**
 * Reads what an AXIS OS image says of itself, and reads it to its end, so that one cut short is noticed here and
 * not on a device. Constant memory; give it the bytes of one file, from the first.
 *
 * @throws Fault `IMAGE_FORMAT` (not an image, or none that says what it is), `IMAGE_TRUNCATED`, `IMAGE_CORRUPT`,
 * `IMAGE_TOO_LARGE`
 */
export async function inspectImage(
  bytes: AsyncIterable<Uint8Array>,
  limits: InspectLimits = INSPECT_LIMITS,
): Promise<ImageInfo> {
  const { start, whole } = await peek(capped(bytes, limits.maxBytes), MAGIC_BYTES);
  if (start.length < MAGIC_BYTES) throw new Fault("IMAGE_TRUNCATED", { sizeBytes: start.length });
  const kind = MAGICS.find(([, magic]) => start.subarray(0, magic.length).equals(magic))?.[0];
  if (!kind) throw format("these are not the first bytes of an image");
  if (kind !== "raw") return fromInfoJson(kind, await readInfoJson(whole, kind, limits.maxUnpackedBytes));
  const version = AxisVersion.safeParse(await readRawVersion(whole));
  if (!version.success) throw format("no version in the header");
  return { format: kind, version: version.data, models: [], hardwareIds: [], upgradeableFrom: [] };
}
