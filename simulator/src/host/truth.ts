/** What the host really did, for a judge: nobody in the product sees it. */
export interface HostTruth {
  /** The version on its disk, and the one that runs; null while none does. */
  readonly installed: string;
  readonly running: string | null;
  readonly on: boolean;
  readonly boots: number;
  /** Installers that were started, and versions that were put in place, in order. */
  readonly installersStarted: number;
  readonly switches: readonly string[];
  /** Installers that ran at the same time, at most. */
  readonly atOnce: number;
  readonly stopped: number;
  /** Versions that were put back with their backup, in order. */
  readonly restores: readonly string[];
}
