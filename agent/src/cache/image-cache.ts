import type { ImageFacts } from "@fyr/certs";
import { Fault, isFault, type Digest } from "@fyr/protocol";
import type { BodySource, Logger } from "@fyr/runtime";
import type { ImageCache, StagedImage, StateStore } from "../ports.ts";
import { download, type DownloadPorts } from "./download.ts";
import { flights } from "./flights.ts";
import { imageBody, isImage, type ImageFile } from "./image-body.ts";
import { cacheLedger } from "./ledger.ts";
import { cachePaths } from "./paths.ts";
import { cacheSpace } from "./space.ts";

export interface ImageCachePorts extends DownloadPorts {
  readonly store: StateStore;
  readonly log: Logger;
}

export interface ImageCacheOptions {
  /** An absolute path; made when missing. */
  readonly folder: string;
  /** Bytes of the disk that images never take, for the journal beside them. */
  readonly keepFreeBytes: number;
}

const BUFFER_BYTES = 512 * 1024;
/** When many devices are sent to at once, each reads through a smaller buffer. */
const SMALL_BUFFER_BYTES = 128 * 1024;
const MANY = 8;

/** The site's images: fetched once, kept by digest, read by all. */
export function createImageCache(
  ports: ImageCachePorts,
  { folder, keepFreeBytes }: ImageCacheOptions,
): ImageCache {
  const { files, log } = ports;
  const paths = cachePaths(folder);
  const ledger = cacheLedger(ports.store);
  const space = cacheSpace(files, paths, ledger, keepFreeBytes);
  const fetching = flights<Digest>();
  /** Files that this process has seen to be what they are called. */
  const proved = new Set<Digest>();
  let reading = 0;

  const fileOf = ({ digest, sizeBytes }: ImageFacts): ImageFile => ({
    path: paths.image(digest),
    digest,
    sizeBytes,
  });

  async function isHere(facts: ImageFacts): Promise<boolean> {
    const image = fileOf(facts);
    const found = await files.stat(image.path);
    if (!found) return false;
    if (proved.has(facts.digest) && found.sizeBytes === facts.sizeBytes) return true;
    if (await isImage(files, image)) {
      proved.add(facts.digest);
      return true;
    }
    log.warn({ digest: facts.digest }, "cached image is damaged, fetching it again");
    await files.remove(image.path);
    return false;
  }

  async function bring(
    facts: ImageFacts,
    onBytes: (done: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { digest, sizeBytes } = facts;
    if (await isHere(facts)) return onBytes(sizeBytes);
    let done = (await files.stat(paths.part(digest)))?.sizeBytes ?? 0;
    const count = (bytes: number) => {
      done = bytes;
      onBytes(bytes);
    };
    await space.reserve(digest, sizeBytes, () => done);
    try {
      await download(ports, paths, facts, count, signal);
      proved.add(digest);
      log.info({ digest, sizeBytes }, "image staged");
    } catch (error) {
      if (isFault(error, "IMAGE_CORRUPT")) await space.drop(digest);
      throw isFull(error) ? await space.full(digest, error) : error;
    } finally {
      space.release(digest);
    }
  }

  /** The body, with the agent's own house kept: buffers by need, a damaged file is not offered again. */
  const bodyOf = (image: ImageFile): BodySource => ({
    lengthBytes: image.sizeBytes,
    async *chunks() {
      const bufferBytes = ++reading > MANY ? SMALL_BUFFER_BYTES : BUFFER_BYTES;
      try {
        yield* imageBody(files, image, bufferBytes).chunks();
      } catch (error) {
        throw await afterDamage(image, error);
      } finally {
        reading--;
      }
    },
  });

  async function afterDamage(image: ImageFile, error: unknown): Promise<unknown> {
    if (isFault(error, "IMAGE_CORRUPT")) {
      proved.delete(image.digest);
      await files.remove(image.path).catch(() => undefined); // found again, and proved bad again, at the next staging
    }
    return codeOf(error) === "ENOENT"
      ? new Fault("IMAGE_UNAVAILABLE", { digest: image.digest }, { cause: error })
      : error;
  }

  async function stage(
    ...[facts, pin, onBytes, signal]: Parameters<ImageCache["stage"]>
  ): Promise<StagedImage> {
    const { digest, sizeBytes } = facts;
    ledger.hold(pin, digest);
    await files.ensureFolder(folder);
    await fetching.join(digest, (tell, stop) => bring(facts, tell, stop), onBytes, signal);
    ledger.used(digest);
    return { digest, sizeBytes, body: () => bodyOf(fileOf(facts)) };
  }

  return {
    stage: (...request) => stage(...request).catch((error: unknown) => Promise.reject(diskFault(error))),
    release: (pin) => ledger.release(pin),
    async freeBytes() {
      await files.ensureFolder(folder);
      return space.available();
    },
  };
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | null)?.code;
const isFull = (error: unknown): boolean => codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";

/** What the disk says, in the words of the fault table. */
function diskFault(error: unknown): Error {
  const code = codeOf(error);
  if (error instanceof Fault || typeof code !== "string") return error as Error;
  return new Fault("STORE_FAILED", { reason: code }, { cause: error });
}
