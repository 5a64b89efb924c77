import { addImages, counterOf, measureImage, refreshOnline, type ImageFacts } from "@fyr/certs";
import { testRepository } from "@fyr/certs/testing";
import { AxisVersion, compareVersions, Digest, isNewer, type SignedDocument } from "@fyr/protocol";
import { demoImages, makeImage, makeSite, type ImageRecipe } from "@fyr/simulator";
import { BEGAN_MS } from "./core/life.ts";

/** What the publishers of a world signed: images for every product that its sites may hold. */
export interface Library {
  readonly facts: readonly ImageFacts[];
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  /** The hashes of an image's pieces. */
  readonly pieces: ReadonlyMap<string, Uint8Array>;
  /** Signed metadata by file name. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly firstRoot: SignedDocument;
  /** What is newer for a product than this version, oldest first. */
  newer(hardwareId: string, version: string): readonly ImageFacts[];
}

/** Above the piece that is sent last, so that an upload has a part that may be broken off. */
const LARGE_BYTES = 1024 * 1024 + 64 * 1024;
const SMALL_BYTES = 48 * 1024;

const made = new Map<boolean, Promise<Library>>();

/** The same images for every world of a process: they are facts, not events. */
export function library(large: boolean): Promise<Library> {
  const found = made.get(large) ?? makeLibrary(large ? LARGE_BYTES : SMALL_BYTES);
  made.set(large, found);
  return found;
}

async function makeLibrary(sizeBytes: number): Promise<Library> {
  const first = demoImages(makeSite({ devices: 36, seed: "world" }), sizeBytes).map(({ recipe }) => recipe);
  const recipes = first.flatMap((recipe) => [recipe, next(recipe)]);
  const bytes = new Map<string, Uint8Array>();
  const pieces = new Map<string, Uint8Array>();
  const facts: ImageFacts[] = [];
  for (const recipe of recipes) {
    const whole = await makeImage(recipe);
    const { chunks, chunksSha256, digest, sha512 } = await measureImage(once(whole));
    bytes.set(digest, whole);
    pieces.set(digest, chunks);
    facts.push({
      product: "camera",
      models: recipe.models.map(({ prodNbr }) => prodNbr),
      hardwareIds: recipe.models.map(({ hardwareId }) => hardwareId),
      version: AxisVersion.parse(recipe.version),
      releaseCounter: counterOf(recipe.version),
      upgradeableFrom: [],
      mandatorySteps: [],
      withdrawn: false,
      chunkSizeBytes: 1024 * 1024,
      chunksSha256: Digest.parse(chunksSha256),
      notes: "",
      ...{ digest: Digest.parse(digest), sha512, sizeBytes: whole.length },
    });
  }
  return { facts, bytes, pieces, ...(await published(facts)), newer: newerIn(facts) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function published(facts: readonly ImageFacts[]) {
  const { repository, targets, online, files } = await testRepository(BEGAN_MS);
  await addImages(repository, facts, targets, BEGAN_MS);
  await refreshOnline(repository, [online], BEGAN_MS);
  const metadata = files();
  const root = Buffer.from(metadata.get("1.root.json") ?? []).toString("utf8");
  return { metadata, firstRoot: JSON.parse(root) as SignedDocument };
}

const newerIn =
  (facts: readonly ImageFacts[]): Library["newer"] =>
  (hardwareId, version) =>
    facts
      .filter(({ hardwareIds, version: its }) => hardwareIds.includes(hardwareId) && isNewer(its, version))
      .sort((a, b) => compareVersions(a.version, b.version));

/** The release after a release: devices can be upgraded twice, or straight to the newest. */
function next(recipe: ImageRecipe): ImageRecipe {
  const { version, upgradeableFrom, seed } = recipe;
  const track = version.split(".").slice(0, 2).join(".");
  const from = upgradeableFrom && { upgradeableFrom: [...new Set([...upgradeableFrom, track])] };
  const newer = version.replace(/\d+$/, (digits) => String(Number(digits) + 1));
  return { ...recipe, version: newer, seed: `${seed} next`, ...from };
}
