import PQueue from "p-queue";
import { locks, type Locks } from "./places.ts";
import { usual, type Usual } from "./plan.ts";
import type { UpgradePorts } from "./ports.ts";

/** What the jobs of one site share. */
export interface Site {
  readonly ports: UpgradePorts;
  /** Devices that may be changed, and be sent an image, at the same time. */
  readonly flashes: PQueue;
  readonly uploads: PQueue;
  /** One job per device. */
  readonly devices: Locks;
  readonly usual: Usual;
  /** Until this monotonic time nothing is sent to any device: the journal was damaged and may have forgotten one. */
  readonly quietUntil: number;
  /** The hub is to be told something. */
  readonly news: () => void;
  /** A job's live progress moved. */
  readonly moved: () => void;
}

export function newSite(ports: UpgradePorts, told: Pick<Site, "news" | "moved">): Site {
  const { settings, journal, clock } = ports;
  const damaged = journal.damage().length > 0;
  return {
    ports,
    flashes: new PQueue({ concurrency: settings.parallelFlashes }),
    uploads: new PQueue({ concurrency: settings.parallelUploads }),
    devices: locks(),
    usual: usual(settings),
    quietUntil: damaged ? clock.mono() + settings.stepMs.apply + settings.stepMs.return : 0,
    ...told,
  };
}
