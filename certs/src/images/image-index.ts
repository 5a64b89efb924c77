import { Fault } from "@fyr/protocol";
import { imagePath, ImageFacts } from "./facts.ts";

/** The verified list of images. */
export interface ImageIndex {
  /**
   * Everything the publishers vouch for about an image; null when they list none of that digest.
   *
   * @throws Fault `METADATA_INVALID` when this version cannot understand every fact of it
   */
  find(digest: string): ImageFacts | null;
  /** All images that this version understands; the others are as good as not there. */
  all(): ImageFacts[];
}

/** TUF targets by path, as they were signed. */
export type SignedTargets = Readonly<Record<string, unknown>>;

interface Target {
  readonly length?: unknown;
  readonly hashes?: { readonly sha256?: unknown; readonly sha512?: unknown };
  readonly custom?: object;
}

const factsOf = (target: Target) =>
  ImageFacts.safeParse({
    ...target.custom,
    digest: target.hashes?.sha256,
    sha512: target.hashes?.sha512,
    sizeBytes: target.length,
  });

/** An image is found only under the path that its own hash gives it, however else a target may be called. */
export function imageIndex(targets: SignedTargets): ImageIndex {
  const read = (digest: string) => {
    const path = imagePath(digest);
    if (!Object.hasOwn(targets, path)) return null;
    const facts = factsOf(targets[path] as Target);
    return facts.success && facts.data.digest === digest ? facts.data : "unreadable";
  };
  return {
    find(digest) {
      const found = read(digest);
      if (found === "unreadable") throw new Fault("METADATA_INVALID", { digest });
      return found;
    },
    all: () =>
      Object.keys(targets).flatMap((path) => {
        const found = read(path.slice(0, -imagePath("").length));
        return found === null || found === "unreadable" ? [] : [found];
      }),
  };
}
