import { Fault } from "@fyr/protocol";
import { at, total, type ByType } from "./need.ts";
import type { ProductStatus } from "./status.ts";

/**
 * What a missing licence stops, and what it never does (L-26): the convenience of working from afar. A camera always
 * records, and nobody is kept from his data or from the pages on which he would put it right.
 */
export const NEEDS_COVER = {
  livePicture: true,
  control: true,
  playback: true,
  remoteConfiguration: true,
  serverUpgrade: true,
  addDevice: true,
  recording: false,
  localView: false,
  localPlayback: false,
  alarms: false,
  securityUpgrade: false,
  health: false,
  licencePages: false,
  wallet: false,
  export: false,
  history: false,
  audit: false,
} as const satisfies Record<string, boolean>;

export type Use = keyof typeof NEEDS_COVER;

/** A device as far as its cover goes. */
export interface CountedDevice {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly registeredAt: number;
}

/** Who is covered first: the chosen come last, the youngest before them. */
const inTurn =
  (chosen: ReadonlySet<string>) =>
  (a: { id: string; registeredAt: number }, b: { id: string; registeredAt: number }): number =>
    Number(chosen.has(a.id)) - Number(chosen.has(b.id)) ||
    a.registeredAt - b.registeredAt ||
    (a.id < b.id ? -1 : 1);

/**
 * Devices that are not covered when there are only so many covered places: those that an admin chose, else the
 * youngest (W-15). The same devices for the same facts.
 */
export function uncovered(
  devices: readonly CountedDevice[],
  covered: ByType,
  chosen: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const left = new Map(Object.entries(covered));
  const without = devices.toSorted(inTurn(chosen)).filter(({ type }) => {
    const places = left.get(type) ?? 0;
    left.set(type, places - 1);
    return places <= 0;
  });
  return new Set(without.map(({ id }) => id));
}

/** A system whose devices the hub knows by their number alone. */
export interface CountedSystem {
  readonly id: string;
  readonly counts: ByType;
  readonly registeredAt: number;
}

/** Systems of which some devices are not covered: those that an admin chose, else the youngest (W-15). */
export function uncoveredSystems(
  systems: readonly CountedSystem[],
  covered: ByType,
  chosen: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const left = new Map(Object.entries(covered));
  const without = systems.toSorted(inTurn(chosen)).filter(({ counts }) => {
    const short = Object.entries(counts).filter(([type, n]) => n > (left.get(type) ?? 0));
    for (const [type, n] of Object.entries(counts)) left.set(type, Math.max(0, (left.get(type) ?? 0) - n));
    return short.length > 0;
  });
  return new Set(without.map(({ id }) => id));
}

/**
 * Lets a use pass, or says what is missing. What was never started has no trial or grace that could be over, so it stops
 * nothing yet (L-26).
 *
 * @param device whether this one device is covered; for uses that concern no single device, whether anything is missing
 * @throws Fault `LICENCE_REQUIRED`
 */
export function requireLicence(use: Use, product: string, status: ProductStatus, device?: boolean): void {
  if (!NEEDS_COVER[use] || status.state === "not_started") return;
  const short = total(status.inUse) - total(status.covered);
  const whole = short === 0 && status.state !== "unlicensed";
  if (device ?? whole) return;
  const types = Object.keys(status.inUse).map(
    (type) => `${at(status.inUse, type) - at(status.covered, type)} ${type}`,
  );
  throw new Fault("LICENCE_REQUIRED", { product, use, state: status.state, missing: types });
}
