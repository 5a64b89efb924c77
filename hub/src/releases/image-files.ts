import { join } from "node:path";
import { bytesOf, chunksPath, imagePath, measureImage, type Measured } from "@fyr/certs";
import { Fault, type Digest } from "@fyr/protocol";
import type { Files, Ids, OpenFile } from "@fyr/runtime";
import { diskFault, writing } from "./disk-fault.ts";

/** Bytes that arrived and were measured, and nothing more: nobody has looked inside yet. */
export interface Received {
  readonly path: string;
  readonly measured: Measured;
}

export interface ReceiveLimits {
  /** What the sender announced; null when it did not. */
  readonly announcedBytes: number | null;
  readonly maxBytes: number;
  /** What has to stay free on the disk. */
  readonly spareBytes: number;
}

/** Images on disk under their SHA-256, each beside the hashes of its pieces. */
export interface ImageFiles {
  /**
   * Writes a stream to a file of its own and hashes it on the way; nothing is left behind when it fails.
   *
   * @throws Fault `HUB_DISK_FULL`, `IMAGE_TOO_LARGE`, `IMAGE_TRUNCATED` when fewer bytes came than were announced
   */
  receive(bytes: AsyncIterable<Uint8Array>, limits: ReceiveLimits): Promise<Received>;
  /** The received bytes from their start, for looking inside. */
  look<T>(received: Received, at: (bytes: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T>;
  /** Gives the received bytes their name. They survive a power cut before this resolves. */
  keep(received: Received): Promise<void>;
  /** No error when they were kept. */
  discard(received: Received): Promise<void>;
  has(digest: Digest): Promise<boolean>;
  /** @throws Fault `IMAGE_UNKNOWN` */
  open(digest: Digest): Promise<{ file: OpenFile; sizeBytes: number }>;
  /** @throws Fault `IMAGE_UNKNOWN` */
  chunks(digest: Digest): Promise<Uint8Array>;
  /** Removes what an earlier process received and did not come to keep. */
  tidy(): Promise<void>;
}

export function imageFiles(files: Files, ids: Ids, folder: string): ImageFiles {
  const incoming = join(folder, "incoming");
  const place = (name: string) => join(folder, name);

  async function demandSpace({ announcedBytes, maxBytes, spareBytes }: ReceiveLimits): Promise<void> {
    if ((announcedBytes ?? 0) > maxBytes) throw new Fault("IMAGE_TOO_LARGE", { maxBytes });
    const freeBytes = await files.freeBytes(folder);
    const neededBytes = (announcedBytes ?? 0) + spareBytes;
    if (freeBytes < neededBytes) throw new Fault("HUB_DISK_FULL", { freeBytes, neededBytes });
  }

  async function write(file: OpenFile, bytes: AsyncIterable<Uint8Array>, limits: ReceiveLimits) {
    const { announcedBytes, maxBytes } = limits;
    const measured = await measureImage(written(file, bytes, maxBytes));
    const { sizeBytes } = measured;
    if (announcedBytes !== null && sizeBytes < announcedBytes)
      throw new Fault("IMAGE_TRUNCATED", { sizeBytes });
    await file.sync();
    return measured;
  }

  return {
    async receive(bytes, limits) {
      await files.ensureFolder(incoming);
      await demandSpace(limits);
      const path = join(incoming, ids.next());
      const file = await files.open(path, "write");
      try {
        const measured = await write(file, bytes, limits).finally(() => file.close());
        return { path, measured };
      } catch (error) {
        await files.remove(path);
        throw diskFault(error);
      }
    },
    async look({ path }, at) {
      const file = await files.open(path, "read");
      return at(bytesOf(file)).finally(() => file.close());
    },
    async keep({ path, measured: { digest, chunks } }) {
      await writing(async () => {
        await files.replace(place(chunksPath(digest)), chunks, 0o644);
        await files.rename(path, place(imagePath(digest)));
      });
    },
    discard: ({ path }) => files.remove(path),
    has: async (digest) => (await files.stat(place(imagePath(digest)))) !== null,
    async open(digest) {
      const path = place(imagePath(digest));
      const found = await files.stat(path);
      if (!found) throw new Fault("IMAGE_UNKNOWN", { digest });
      return { file: await files.open(path, "read"), sizeBytes: found.sizeBytes };
    },
    async chunks(digest) {
      const found = await files.read(place(chunksPath(digest)));
      if (!found) throw new Fault("IMAGE_UNKNOWN", { digest });
      return found;
    },
    async tidy() {
      for (const name of await files.list(incoming)) await files.remove(join(incoming, name));
    },
  };
}

async function* written(
  file: OpenFile,
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of bytes) {
    if (position + chunk.length > maxBytes) throw new Fault("IMAGE_TOO_LARGE", { maxBytes });
    await file.write(chunk, position);
    position += chunk.length;
    yield chunk;
  }
}
