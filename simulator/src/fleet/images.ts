import { compareVersions } from "@fyr/protocol";
import { imageFileName, makeImage, type ImageRecipe } from "../device/image.ts";
import type { Site } from "./site.ts";

export interface SiteImage {
  readonly fileName: string;
  readonly recipe: ImageRecipe;
  make(): Promise<Buffer>;
}

/** Before 11 an image does not say what may be upgraded to it (vapix.md 5.2). */
const upgradeableFrom = (from: string, to: string): string[] | undefined => {
  if (compareVersions(to, "11") < 0) return undefined;
  const track = from.split(".").slice(0, 2).join(".");
  return [...new Set([track, from])];
};

/** The images that bring the devices of a site to their targets: one for each product. */
export function demoImages(site: Site, sizeBytes = 2_000_000): SiteImage[] {
  const images = new Map<string, SiteImage>();
  const oneOfEach = Math.min(site.size, site.generations.length * 6);
  for (let index = 0; index < oneOfEach; index++) {
    const { identity, from, target } = site.blueprint(index);
    const fileName = imageFileName(identity.model.prodNbr, target);
    if (images.has(fileName)) continue;
    const allowed = upgradeableFrom(from, target);
    const recipe: ImageRecipe = {
      version: target,
      models: [identity.model],
      sizeBytes,
      seed: `${site.seed}/${fileName}`,
      ...(allowed && { upgradeableFrom: allowed }),
    };
    images.set(fileName, { fileName, recipe, make: () => makeImage(recipe) });
  }
  return [...images.values()];
}
