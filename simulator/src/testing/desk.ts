import { seededRandom } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { modelOf } from "../device/catalogue.ts";
import { createDevice, type Blueprint, type DevicePorts } from "../device/device.ts";
import { makeImage, type ImageRecipe } from "../device/image.ts";
import { visitor } from "./visitor.ts";

/** The recorded product that each generation is tested with. */
export const HARDWARE = {
  "5.51.7": "18C.2",
  "9.80.2.2": "805",
  "10.12.323": "7AC",
  "11.11.192": "7B5.1",
  "12.9.57": "931.11",
  "12.11.77": "931.11",
  "13.0.33": "A12",
} as const;

export type DeskVersion = keyof typeof HARDWARE;

/** Where a login by HTTPS is not possible or not wanted. */
export const schemeFor = (version: string): "http" | "https" => (version.startsWith("13") ? "https" : "http");

/** A device on a desk: no network, a clock that obeys, every phase of a restart ten seconds long. */
export function desk(version: DeskVersion = "12.9.57", change: Partial<Blueprint & DevicePorts> = {}) {
  const clock = fakeClock();
  const broken: unknown[] = [];
  const model = modelOf(HARDWARE[version]);
  const identity = { serial: "B8A44F000001", model, address: "127.0.0.9" };
  const timing = { flashing: [10, 10], leaving: [10, 10], dark: [10, 10], booting: [10, 10] } as const;
  const device = createDevice(
    { identity, version, ...change },
    { clock, random: seededRandom("desk"), timing, broke: (error) => broken.push(error), ...change },
  );
  const image = (recipe: Partial<ImageRecipe> = {}): ImageRecipe => ({
    version: "12.11.77",
    models: [model],
    sizeBytes: 2_000,
    seed: "desk",
    ...recipe,
  });
  return {
    clock,
    device,
    model,
    broken,
    root: visitor(device),
    anyone: visitor(device, null),
    recipe: image,
    image: (recipe?: Partial<ImageRecipe>) => makeImage(image(recipe)),
    /** Lets seconds pass. */
    pass: (seconds: number) => clock.advance(seconds * 1000),
  };
}

/** Flashing, leaving, dark and booting. */
export const WHOLE_UPGRADE_S = 40;
