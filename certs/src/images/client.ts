import { isFault, type Fault } from "@fyr/protocol";
import { imageIndex, type ImageIndex } from "./image-index.ts";
import type { FetchMetadata, TrustedMetadata } from "./trusted.ts";
import { followRoots, newestSnapshot, newestTargets, newestTimestamp } from "./workflow.ts";

/**
 * The outcome of an update. `trusted` is to be kept in either case: of a refused update it holds no more than what
 * TUF lets a client keep (roots that were proved; a timestamp or snapshot that was, when a later file was bad).
 */
export type MetadataUpdate =
  | { readonly trusted: TrustedMetadata; readonly images: ImageIndex; readonly fault: null }
  | { readonly trusted: TrustedMetadata; readonly images: null; readonly fault: Fault };

/**
 * TUF's client workflow (specification 1.0.31, section 5): roots one by one, timestamp, snapshot, targets, each
 * checked for signatures, age, and going backwards.
 *
 * @param nowMs the time by which expiry is judged; see `signedTimeFloor` for sites with a bad clock
 * @returns with a Fault `METADATA_*` that names the attack when anything is refused
 * @throws what `fetch` throws, with nothing to be kept
 */
export async function updateMetadata(
  trusted: TrustedMetadata,
  fetch: FetchMetadata,
  nowMs: number,
): Promise<MetadataUpdate> {
  const kept = { ...trusted };
  const walk = { kept, fetch, now: new Date(nowMs) };
  try {
    const root = await followRoots(walk);
    const timestamp = await newestTimestamp(walk, root);
    const snapshot = await newestSnapshot(walk, root, timestamp);
    const targets = await newestTargets(walk, root, snapshot);
    return { trusted: kept, images: imageIndex(targets), fault: null };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { trusted: kept, images: null, fault: error };
  }
}

/** Judges what is held already, without the network: after a restart, or when the hub is away. */
export function openMetadata(trusted: TrustedMetadata, nowMs: number): Promise<MetadataUpdate> {
  return updateMetadata(
    trusted,
    (name) => Promise.resolve(name === "timestamp.json" ? trusted.timestamp : null),
    nowMs,
  );
}
