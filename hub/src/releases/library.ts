import type { ImageFacts } from "@fyr/certs";
import { Fault, type Digest, type SignedDocument } from "@fyr/protocol";
import type { Cancel, Clock, Files, Ids, Logger } from "@fyr/runtime";
import type { ImageShelf } from "../http/agents/images.ts";
import type { Releases } from "../ports.ts";
import { imageFiles, type ReceiveLimits } from "./image-files.ts";
import { importImage, type Said } from "./import-image.ts";
import { addSigned, factsOf, openServedMetadata, type ReleaseKeys } from "./metadata.ts";

export interface LibraryPorts {
  readonly files: Files;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly keys: ReleaseKeys;
  readonly imagesFolder: string;
  readonly metadataFolder: string;
}

/** Everything the hub does with images: take them in, say what they are, hand them out. */
export interface ImageLibrary extends Releases {
  readonly shelf: ImageShelf;
  /** What an agent is given at enrolment to start its trust from. */
  readonly firstRoot: SignedDocument;
  import(bytes: AsyncIterable<Uint8Array>, said: Said, limits: ReceiveLimits): Promise<ImageFacts>;
  /** Takes metadata that publishers signed elsewhere; files by name. @throws Fault METADATA_* */
  publish(signed: ReadonlyMap<string, SignedDocument>): Promise<void>;
  /** Starts to say again in time what is newest. */
  start(): void;
  stop(): void;
}

/** After a failed refresh the next one comes soon: half of a life is left, but not for ever. */
const RETRY_MS = 10 * 60 * 1000;
const LONGEST_MS = 24 * 60 * 60 * 1000;

/** @throws Fault METADATA_MISSING before `hub init` */
export async function openLibrary(ports: LibraryPorts): Promise<ImageLibrary> {
  const { files, clock, ids, log, keys } = ports;
  const store = imageFiles(files, ids, ports.imagesFolder);
  await store.tidy();
  const metadata = await openServedMetadata({ files, clock, log, keys, folder: ports.metadataFolder });
  const { facts, all } = factsOf(metadata);
  let cancel: Cancel = () => undefined;
  let stopped = false;

  const demandOffered = (digest: Digest): void => {
    if (facts(digest)?.withdrawn) throw new Fault("IMAGE_WITHDRAWN", { digest });
  };
  const refreshAgain = async (): Promise<void> => {
    let waitMs = RETRY_MS;
    try {
      const { dueMs } = await metadata.refresh();
      waitMs = Math.min(Math.max(dueMs - clock.wall(), RETRY_MS), LONGEST_MS);
    } catch (error) {
      log.error({ error }, "image metadata could not be refreshed");
    }
    if (!stopped) cancel = clock.after(waitMs, () => void refreshAgain());
  };

  return {
    facts,
    all,
    firstRoot: metadata.firstRoot(),
    shelf: {
      async open(digest) {
        demandOffered(digest);
        return store.open(digest);
      },
      async chunks(digest) {
        demandOffered(digest);
        return store.chunks(digest);
      },
      metadata: (name) => metadata.file(name),
    },
    import: (bytes, said, limits) => importImage({ clock, log, store, metadata, keys }, bytes, said, limits),
    publish: (signed) => metadata.change((repository) => addSigned(repository, signed)),
    start: () => void refreshAgain(),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
