import { Fault, CHUNK_BYTES } from "@fyr/protocol";
import { counterOf, ImageFacts } from "./facts.ts";
import type { ImageInfo } from "./inspect.ts";
import type { Measured } from "./measure.ts";

/** What a person adds to, or says instead of, what an image says of itself. */
export interface FactWishes {
  readonly product?: string;
  readonly models?: readonly string[];
  readonly hardwareIds?: readonly string[];
  readonly releaseCounter?: number;
  readonly upgradeableFrom?: readonly string[];
  readonly mandatorySteps?: readonly string[];
  readonly notes?: string;
}

/**
 * The facts to be signed for an image, from its bytes, its own words and a person's.
 *
 * @throws Fault `IMAGE_MODEL_UNNAMED` when neither image nor person names a model; `IMAGE_FORMAT` when a fact is
 * out of bounds
 */
export function draftFacts(measured: Measured, info: ImageInfo, wishes: FactWishes = {}): ImageFacts {
  const { chunks: _kept, ...bytes } = measured;
  const models = wishes.models ?? info.models;
  if (models.length === 0) throw new Fault("IMAGE_MODEL_UNNAMED", { digest: measured.digest });
  const drafted = ImageFacts.safeParse({
    ...bytes,
    product: wishes.product ?? "camera",
    models,
    hardwareIds: wishes.hardwareIds ?? info.hardwareIds,
    version: info.version,
    releaseCounter: wishes.releaseCounter ?? counterOf(info.version),
    upgradeableFrom: wishes.upgradeableFrom ?? info.upgradeableFrom,
    mandatorySteps: wishes.mandatorySteps ?? [],
    withdrawn: false,
    chunkSizeBytes: CHUNK_BYTES,
    notes: wishes.notes ?? "",
  });
  if (drafted.success) return drafted.data;
  throw new Fault("IMAGE_FORMAT", { reason: drafted.error.issues[0]?.path.join(".") ?? "facts" });
}
