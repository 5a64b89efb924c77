import type { DeviceState, PhaseName, PlacedFault } from "../device/state.ts";
import { flashedTwice, type Upload, type Violation } from "../device/history.ts";
import { generationOf } from "../device/generations.ts";
import type { GenerationName } from "./mix.ts";
import type { SiteDevice } from "./site.ts";

/** What really is the case at one device, whatever the device says. For demos and tests. */
export interface DeviceTruth {
  readonly address: string;
  readonly serial: string;
  /** ProdNbr. */
  readonly model: string;
  readonly hardwareId: string;
  readonly generation: GenerationName;
  /** The AXIS OS that the site has an image of for it. */
  readonly target: string;
  readonly active: string;
  readonly inactive: string | null;
  readonly committed: boolean;
  readonly phase: PhaseName;
  readonly reachable: boolean;
  /** Which schemes it listens on with the image it runs. */
  readonly schemes: readonly ("http" | "https")[];
  /** Boots since the site was made. */
  readonly boots: number;
  readonly uploads: readonly Upload[];
  /** Every breach of "not flashed twice"; empty when all is well. */
  readonly flashedTwice: readonly Violation[];
  /** Each fault with how often it has struck. */
  readonly faults: readonly PlacedFault[];
}

export function truthOf(device: SiteDevice, state: DeviceState): DeviceTruth {
  const { identity, generation, target } = device;
  const { firmware, phase, boots, uploads, faults } = state;
  return {
    address: identity.address,
    serial: identity.serial,
    model: identity.model.prodNbr,
    hardwareId: identity.model.hardwareId,
    generation,
    target,
    active: firmware.active.version,
    inactive: firmware.inactive?.image.version ?? null,
    committed: firmware.committed,
    phase: phase.name,
    reachable: phase.name !== "dark" && phase.name !== "off",
    schemes: generationOf(firmware.active.version).schemes,
    boots,
    uploads,
    flashedTwice: flashedTwice(uploads),
    faults,
  };
}
