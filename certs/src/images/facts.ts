import { AxisVersion, CHUNK_BYTES, compareVersions, Digest } from "@fyr/protocol";
import { z } from "zod";

/** ProdNbr, e.g. `P3265-V`; a few hold spaces (vapix.md 2.1). */
const Model = z.string().trim().min(1).max(60);
const HardwareId = z.string().regex(/^[0-9A-Za-z.]{1,20}$/);
/** `9.80` stands for every 9.80.x. */
const Track = AxisVersion;

/** What the publishers say of an image beside its bytes: TUF's `custom` of one target. */
export const ImageClaims = z.strictObject({
  /** What the image is for: `camera` for everything that runs AXIS OS, `acs-pro-server` for a recording server. */
  product: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  /** The models that it fits; never empty. */
  models: z.array(Model).min(1).max(500),
  /** The hardware ids that it fits; empty when any of the models will do. */
  hardwareIds: z.array(HardwareId).max(500),
  version: AxisVersion,
  /** Rises with each release of a product; an agent never goes back (security.md 8). */
  releaseCounter: z.int().nonnegative(),
  /** Versions, or whole tracks, from which a device may go straight here; empty: from any. */
  upgradeableFrom: z.array(Track).max(200),
  /** Tracks that no device may jump over on its way here (vapix.md 5.2). */
  mandatorySteps: z.array(Track).max(50),
  withdrawn: z.boolean(),
  chunkSizeBytes: z.literal(CHUNK_BYTES),
  /** SHA-256 over the raw SHA-256 hashes of all pieces, one after the other: the file `<digest>.chunks`. */
  chunksSha256: Digest,
  notes: z.string().max(4000),
});
export type ImageClaims = z.infer<typeof ImageClaims>;

/** Everything that the publishers vouch for about one image. */
export const ImageFacts = ImageClaims.extend({
  digest: Digest,
  sha512: z.string().regex(/^[0-9a-f]{128}$/),
  sizeBytes: z.int().positive(),
});
export type ImageFacts = z.infer<typeof ImageFacts>;

/** Where an image stands in the metadata and on every disk: by its content. */
export const imagePath = (digest: string): string => `${digest}.bin`;

/** Four parts of a version, 13 bits each, fit into a number that JSON carries exactly. */
const PART = 2 ** 13;

/** A number that rises with the version: the release counter where nobody keeps another. */
export function counterOf(version: string): number {
  const [major = 0, minor = 0, build = 0, fix = 0] = version
    .split("-", 1)
    .flatMap((numbers) => numbers.split("."))
    .map((part) => Math.min(Number.parseInt(part, 10) || 0, PART - 1));
  return ((major * PART + minor) * PART + build) * PART + fix;
}

const isOf = (version: string, track: string): boolean =>
  version === track || version.startsWith(`${track}.`);

/** Whether the image may be installed straight over `version`. */
export const isUpgradeableFrom = ({ upgradeableFrom }: ImageClaims, version: string): boolean =>
  upgradeableFrom.length === 0 || upgradeableFrom.some((track) => isOf(version, track));

/** The track that a device on `version` has to pass first; null when the way is free. */
export const missingStep = ({ mandatorySteps }: ImageClaims, version: string): string | null =>
  [...mandatorySteps]
    .sort(compareVersions)
    .find((step) => !isOf(version, step) && compareVersions(version, step) < 0) ?? null;

/** Whether the image is made for a device of this model and hardware. */
export const fitsDevice = (
  { models, hardwareIds }: ImageClaims,
  device: { readonly model: string; readonly hardwareId: string },
): "fits" | "wrong_model" | "wrong_hardware" => {
  if (!models.includes(device.model)) return "wrong_model";
  return hardwareIds.length === 0 || hardwareIds.includes(device.hardwareId) ? "fits" : "wrong_hardware";
};
