import { join } from "node:path";
import type { Digest } from "@fyr/protocol";

/** Where the cache keeps what: a file's name says how far it can be trusted. */
export interface CachePaths {
  readonly folder: string;
  /** Verified as a whole before it got this name. */
  image(digest: Digest): string;
  /** Growing from the front; its pieces are worth what their hashes say. */
  part(digest: Digest): string;
  /** The hashes of the pieces, checked against the signed facts. */
  chunks(digest: Digest): string;
}

export const cachePaths = (folder: string): CachePaths => ({
  folder,
  image: (digest) => join(folder, `${digest}.bin`),
  part: (digest) => join(folder, `${digest}.part`),
  chunks: (digest) => join(folder, `${digest}.chunks`),
});

/** The digest that a file of ours is about; undefined for a stranger. */
export const digestInName = (name: string): Digest | undefined =>
  /^([0-9a-f]{64})\.(bin|part|chunks)$/.exec(name)?.[1] as Digest | undefined;
