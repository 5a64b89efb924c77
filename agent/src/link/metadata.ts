import {
  openMetadata,
  signedTimeFloor,
  updateMetadata,
  type ImageIndex,
  type TrustedMetadata,
} from "@fyr/certs";
import { isFault, type Fault, type SignedDocument } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import type { HubLink, SiteTime, StateStore } from "../ports.ts";

const PARTS = ["root", "timestamp", "snapshot", "targets"] as const;
const keyOf = (part: (typeof PARTS)[number]): string => `metadata/${part}`;

/** One look at the publishers' word serves everything that asks within this time. */
const FRESH_MS = 5_000;

export interface MetadataPorts {
  readonly clock: Clock;
  readonly time: SiteTime;
  readonly link: Pick<HubLink, "metadata">;
  readonly store: StateStore;
  readonly log: Logger;
}

/** The verified list of images; `stale` names why no newer one could be fetched. */
export interface Images {
  readonly index: ImageIndex;
  readonly stale: Fault | null;
}

export interface ImageMetadata {
  /**
   * @param since monotonic milliseconds; an answer of an earlier look is not good enough. A moment ago when left out
   * @throws Fault `METADATA_*` when it is refused; a Fault of the link when there is none to fall back on
   */
  images(since?: number): Promise<Images>;
  /** The newest time that anyone told us: the hub, this host, the publishers' signatures. */
  newestTime(): number;
}

function load(store: StateStore, firstRoot: SignedDocument): TrustedMetadata {
  const [root, timestamp = null, snapshot = null, targets = null] = PARTS.map((part) =>
    store.get(keyOf(part)),
  );
  return { root: root ?? Buffer.from(JSON.stringify(firstRoot)), timestamp, snapshot, targets };
}

/** Parts in TUF's own order, each whole: whatever a crash leaves is a state that the next update starts from. */
function keep(store: StateStore, before: TrustedMetadata, after: TrustedMetadata): void {
  for (const part of PARTS) {
    const bytes = after[part];
    if (bytes && bytes !== before[part]) store.put(keyOf(part), bytes);
  }
}

/** The line was at fault, not what came over it. */
const isOfLine = (fault: Fault): boolean =>
  isFault(
    fault,
    "HUB_UNREACHABLE",
    "HUB_UNTRUSTED",
    "PEER_SILENT",
    "HUB_BUSY",
    "TOO_MANY_REQUESTS",
    "INTERNAL",
  );

/** The publishers' word, kept current over the link and durable in the store (security.md 8). */
export function imageMetadata(ports: MetadataPorts, firstRoot: SignedDocument): ImageMetadata {
  const { clock, time, link, store, log } = ports;
  let trusted = load(store, firstRoot);
  let looked: { at: number; images: Promise<Images> } | undefined;

  const newestTime = () => Math.max(time.now(), clock.wall(), signedTimeFloor(trusted));

  async function look(): Promise<Images> {
    const update = await updateMetadata(
      trusted,
      (name, maxBytes) => link.metadata(name, maxBytes),
      newestTime(),
    );
    keep(store, trusted, update.trusted);
    trusted = update.trusted;
    if (!update.fault) return { index: update.images, stale: null };
    if (!isOfLine(update.fault))
      log.error({ fault: update.fault.code, details: update.fault.details }, "image metadata refused");
    const held = isOfLine(update.fault) ? await openMetadata(trusted, newestTime()) : null;
    if (!held?.images) throw update.fault;
    return { index: held.images, stale: update.fault };
  }

  return {
    newestTime,
    images(since = clock.mono() - FRESH_MS) {
      if (!looked || looked.at < since) looked = { at: clock.mono(), images: look() };
      return looked.images;
    },
  };
}
