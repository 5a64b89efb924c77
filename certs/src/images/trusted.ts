import { LIFE_MS } from "./metadata.ts";

/** What a client holds of the publishers' word between two looks, as the very bytes that were signed. */
export interface TrustedMetadata {
  /** The newest root that was proved; at first the one handed over at enrolment. */
  readonly root: Uint8Array;
  readonly timestamp: Uint8Array | null;
  readonly snapshot: Uint8Array | null;
  readonly targets: Uint8Array | null;
}

/**
 * A metadata file by name (`2.root.json`, `timestamp.json`, …), or null when there is none. An answer longer than
 * `maxBytes` must not be read to its end; handing over its first `maxBytes + 1` bytes is enough to have it refused.
 */
export type FetchMetadata = (name: string, maxBytes: number) => Promise<Uint8Array | null>;

/** When a file cannot have been signed later than it ends; nothing about the file is proved here. */
function signedAfter(bytes: Uint8Array | null, lifeMs: number): number {
  if (!bytes) return 0;
  const { signed } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { signed: { expires: string } };
  return Date.parse(signed.expires) - lifeMs;
}

/**
 * A time that has certainly passed, for a site whose clock may be years behind: take the later of this and the
 * clock. Counts only what publishers signed offline; the hub's own key could push time forward and hold it there.
 */
export const signedTimeFloor = ({ root, targets }: TrustedMetadata): number =>
  Math.max(signedAfter(root, LIFE_MS.root), signedAfter(targets, LIFE_MS.targets));
