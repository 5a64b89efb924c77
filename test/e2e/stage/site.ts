import {
  demoImages,
  makeSite,
  serveSite,
  type DeviceTruth,
  type FaultInput,
  type GenerationName,
  type RunningSite,
  type SiteDevice,
  type SiteOptions,
} from "@fyr/simulator";
import type { Digest } from "@fyr/protocol";
import type { Operator } from "./operator.ts";
import { until } from "./patience.ts";
import type { Range } from "./agent.ts";

/** A simulated device that something to gain from an upgrade, and what can be done to it. */
export interface SiteCamera {
  readonly blueprint: SiteDevice;
  readonly serial: string;
  readonly range: Range;
  /** The image that brings it to its target; imported by `importImages`. */
  digest(): Digest;
  truth(): DeviceTruth;
  place(...faults: FaultInput[]): void;
  clearFaults(): void;
  cutPower(): void;
  restorePower(): void;
  /** Resolves when the device itself is as wished. */
  until(what: string, is: (truth: DeviceTruth) => boolean): Promise<void>;
}

export interface TestSite {
  readonly running: RunningSite;
  importImages(operator: Operator): Promise<void>;
  /** A device nobody has had yet. @throws Error when none is left */
  take(generation: GenerationName, fits?: (blueprint: SiteDevice) => boolean): SiteCamera;
  close(): Promise<void>;
}

/** More than the last chunk, so that there is something before it. */
const IMAGE_BYTES = 1_300_000;

export async function openTestSite(options: SiteOptions, imageBytes = IMAGE_BYTES): Promise<TestSite> {
  const site = makeSite(options);
  const running = await serveSite(site);
  const digests = new Map<string, Digest>();
  const left = Array.from({ length: site.size }, (_, index) => site.blueprint(index)).filter(
    ({ version, target }) => version !== target,
  );
  const keyOf = ({ identity, target }: SiteDevice) => `${identity.model.prodNbr} ${target}`;

  function camera(blueprint: SiteDevice): SiteCamera {
    const { serial, address } = blueprint.identity;
    const truth = () => running.truth(serial);
    return {
      blueprint,
      serial,
      range: { addresses: address, httpPort: running.httpPort, httpsPort: running.httpsPort },
      digest() {
        const digest = digests.get(keyOf(blueprint));
        if (!digest) throw new Error(`no image for ${keyOf(blueprint)} was imported`);
        return digest;
      },
      truth,
      place: (...faults) => faults.forEach((fault) => running.place(serial, fault)),
      clearFaults: () => running.device(serial).faults.clear(),
      cutPower: () => running.cutPower(serial),
      restorePower: () => running.restorePower(serial),
      until: async (what, is) => void (await until(`${serial} ${what}`, () => is(truth()) || undefined)),
    };
  }

  return {
    running,
    async importImages(operator) {
      for (const { recipe, make } of demoImages(site, imageBytes)) {
        const [model] = recipe.models;
        if (!model) throw new Error("an image for no model");
        const fits = { models: model.prodNbr, hardwareIds: model.hardwareId };
        const { digest } = await operator.importImage(await make(), fits);
        digests.set(`${model.prodNbr} ${recipe.version}`, digest);
      }
    },
    take(generation, fits = () => true) {
      const at = left.findIndex((blueprint) => blueprint.generation === generation && fits(blueprint));
      const [blueprint] = at < 0 ? [] : left.splice(at, 1);
      if (!blueprint) throw new Error(`no device of ${generation} is left`);
      return camera(blueprint);
    },
    close: () => running.close(),
  };
}
