import { isFault, type Serial } from "@fyr/protocol";
import { sleep, type Clock, type Logger } from "@fyr/runtime";
import PQueue from "p-queue";
import type { AddressPolicy, Candidate } from "./address-policy.ts";
import { sight, type Sighting, type SightingPorts } from "./sighting.ts";

/** What discovery tells the inventory. */
export interface DiscoveryFinds {
  /** Where a device was met last; null for a serial that is new. */
  hostOf(serial: Serial): string | null;
  /** Whether this key is the one pinned for the serial; null when none is pinned. */
  provesKey(serial: Serial, key: string | null): boolean | null;
  /** A device answered: a new one, a known one, or a known one at a new address. Resolves when it was looked at. */
  met(sighting: Sighting, signal: AbortSignal): Promise<void>;
  /** A whole sweep is over; `seen` are those that answered. */
  swept(seen: ReadonlySet<Serial>): void;
}

export interface DiscoveryPorts extends SightingPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy: AddressPolicy;
  readonly finds: DiscoveryFinds;
}

export interface DiscoveryOptions {
  /** From the end of a sweep to the beginning of the next. */
  readonly everyMs: number;
  /** Addresses asked at one time. */
  readonly concurrency: number;
  /** Rest after each address, so that a sweep looks like no attack. */
  readonly paceMs: number;
}

export const DISCOVERY_DEFAULTS: DiscoveryOptions = { everyMs: 5 * 60_000, concurrency: 10, paceMs: 20 };

/** The least time between two sweeps, however often somebody misses a device. */
const HURRIED_MS = 15_000;

export interface SweepResult {
  readonly addresses: number;
  readonly devices: number;
}

export interface Discovery {
  sweep(signal: AbortSignal): Promise<SweepResult>;
  /** Sweeps again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** A device is missed where it was: the next sweep comes soon. */
  hurry(): void;
}

export function createDiscovery(
  ports: DiscoveryPorts,
  options: DiscoveryOptions = DISCOVERY_DEFAULTS,
): Discovery {
  const { clock, log } = ports;
  let hurried = new AbortController();
  const rest = async (signal: AbortSignal): Promise<void> => {
    await sleep(clock, Math.min(HURRIED_MS, options.everyMs), signal);
    const left = options.everyMs - HURRIED_MS;
    if (left > 0 && !hurried.signal.aborted) await restUntilHurried(left, signal);
    hurried = new AbortController();
  };
  // Node holds on to what `AbortSignal.any` made, and to all that listens to it, when neither signal ever aborts.
  const restUntilHurried = async (ms: number, signal: AbortSignal): Promise<void> => {
    const { signal: woken } = hurried;
    const hurry = () => hurried.abort();
    signal.addEventListener("abort", hurry);
    await sleep(clock, signal.aborted ? 0 : ms, woken);
    signal.removeEventListener("abort", hurry);
  };
  return {
    sweep: (signal) => sweep(ports, options, signal),
    hurry: () => hurried.abort(),
    async run(signal) {
      while (!signal.aborted) {
        await sweep(ports, options, signal).catch((error: unknown) => {
          if (!signal.aborted) log.error({ error }, "sweep broke off");
        });
        if (!signal.aborted) await rest(signal);
      }
    },
  };
}

async function sweep(
  ports: DiscoveryPorts,
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<SweepResult> {
  const { clock, log, policy, finds } = ports;
  const queue = new PQueue({ concurrency: options.concurrency });
  const seen = new Set<Serial>();
  /** Devices that were met away from where they are known: decided when all addresses were asked. */
  const astray: Sighting[] = [];
  let addresses = 0;

  const take = async (sighting: Sighting) => {
    seen.add(sighting.serial);
    await finds.met(sighting, signal);
  };
  const visit = async (candidate: Candidate) => {
    if (signal.aborted) return;
    addresses++;
    const sighting = await sightQuietly(ports, candidate, signal);
    if (sighting) await (isAstray(finds, sighting) ? astray.push(sighting) : take(sighting));
    await sleep(clock, options.paceMs, signal);
  };

  const failures: unknown[] = [];
  for (const candidate of policy.candidates()) {
    await queue.onSizeLessThan(options.concurrency);
    queue.add(() => visit(candidate)).catch((error: unknown) => failures.push(error));
    if (signal.aborted) break;
  }
  await queue.onIdle();
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  for (const sighting of chosen(finds, astray, seen, log)) await take(sighting);
  finds.swept(seen);
  log.debug({ addresses, devices: seen.size }, "sweep done");
  return { addresses, devices: seen.size };
}

/** What one address does must not end the sweep of all. */
async function sightQuietly(
  ports: DiscoveryPorts,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<Sighting | null> {
  try {
    return await sight(ports, candidate, signal);
  } catch (error) {
    if (signal.aborted || isFault(error)) return null;
    throw error;
  }
}

/** Known elsewhere, or not with the key that it proved before: perhaps another one in its name. */
function isAstray(finds: DiscoveryFinds, { serial, host, key }: Sighting): boolean {
  const known = finds.hostOf(serial);
  return known !== null && (known !== host || finds.provesKey(serial, key) === false);
}

/** Of several that claim one serial, the one with the pinned key; nobody takes the place of a device that is at home. */
function chosen(
  finds: DiscoveryFinds,
  astray: readonly Sighting[],
  seen: ReadonlySet<Serial>,
  log: Logger,
): Sighting[] {
  const proves = ({ serial, key }: Sighting) => finds.provesKey(serial, key) === true;
  const best = new Map<Serial, Sighting>();
  for (const sighting of astray) {
    const other = best.get(sighting.serial);
    if (seen.has(sighting.serial)) {
      log.warn({ serial: sighting.serial, host: sighting.host }, "two devices claim one serial");
    } else if (!other || (proves(sighting) && !proves(other))) best.set(sighting.serial, sighting);
  }
  return [...best.values()];
}
