import {
  addImages,
  counterOf,
  ImageFacts,
  INSPECT_LIMITS,
  inspectImage,
  inspectPackage,
  type ImageInfo,
  type Measured,
} from "@fyr/certs";
import { check, CHUNK_BYTES, Digest, Fault, type AxisVersion } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import type { ImageFiles, Received, ReceiveLimits } from "./image-files.ts";
import type { ReleaseKeys, ServedMetadata } from "./metadata.ts";

export interface ImportPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: ImageFiles;
  readonly metadata: ServedMetadata;
  readonly keys: ReleaseKeys;
}

/** What the importer says of an image that does not say it itself; older images name no models. */
export interface Said {
  readonly models: readonly string[];
  readonly hardwareIds: readonly string[];
  /** Of a server's package, which says nothing of itself: what it is for, and which version it holds. */
  readonly server?: { readonly product: string; readonly version: AxisVersion };
}

/**
 * Takes an image into the hub: its bytes first, then the publishers' word about it. Importing it again changes
 * nothing.
 *
 * @throws Fault IMAGE_FORMAT, IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_MODEL_UNNAMED, PACKAGE_INVALID;
 *   HUB_DISK_FULL;
 *   PUBLISHER_KEY_MISSING when publishers sign elsewhere and have not signed this image yet
 */
export async function importImage(
  ports: ImportPorts,
  bytes: AsyncIterable<Uint8Array>,
  said: Said,
  limits: ReceiveLimits,
): Promise<ImageFacts> {
  const { store, log } = ports;
  const received = await store.receive(bytes, limits);
  try {
    const facts = await publish(ports, received, said, limits);
    log.info({ digest: facts.digest, version: facts.version, models: facts.models }, "image imported");
    return facts;
  } finally {
    await store.discard(received);
  }
}

async function publish(
  ports: ImportPorts,
  received: Received,
  said: Said,
  { maxBytes }: ReceiveLimits,
): Promise<ImageFacts> {
  const { clock, store, metadata, keys } = ports;
  const digest = Digest.parse(received.measured.digest);
  const published = metadata.images().find(digest);
  if (published) {
    if (!(await store.has(digest))) await store.keep(received);
    return published;
  }
  const bounds = { ...INSPECT_LIMITS, maxBytes };
  const { server } = said;
  const info = await store.look(received, (content) =>
    server ? inspectPackage(content, server, bounds) : inspectImage(content, bounds),
  );
  const facts = factsFrom(received.measured, info, said);
  const { targets } = keys;
  if (!targets) throw new Fault("PUBLISHER_KEY_MISSING", { digest });
  await store.keep(received);
  await metadata.change(async (repository) => {
    const { state } = await addImages(repository, [facts], [targets], clock.wall());
    if (state === "draft") throw new Fault("PUBLISHER_KEY_MISSING", { digest });
  });
  return facts;
}

function factsFrom(measured: Measured, info: ImageInfo, said: Said): ImageFacts {
  const { digest, sha512, sizeBytes, chunksSha256 } = measured;
  const { version, upgradeableFrom } = info;
  const named = info.models.length > 0 ? info : said;
  if (named.models.length === 0) throw new Fault("IMAGE_MODEL_UNNAMED", { version });
  return check(ImageFacts, {
    product: said.server?.product ?? "camera",
    models: named.models,
    hardwareIds: named.hardwareIds,
    version,
    releaseCounter: counterOf(version),
    upgradeableFrom,
    mandatorySteps: [],
    withdrawn: false,
    chunkSizeBytes: CHUNK_BYTES,
    chunksSha256,
    notes: "",
    digest,
    sha512,
    sizeBytes,
  });
}
