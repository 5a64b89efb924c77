import type { ImageFacts } from "@fyr/certs";
import { OrgId, type Image } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { HubPorts, PageWish, Services } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { withoutHold } from "./holds.ts";
import { wakeAt } from "./wake.ts";

export type ImageService = Pick<Services, "images" | "imageImported" | "imagesPublished">;

/** What concerns every organisation is written in a chain of the hub's own. */
export const HUB_ORG = OrgId.parse("00000000-0000-0000-0000-000000000000");

const BATCH = 500;

const byDigest = (a: ImageFacts, b: ImageFacts): number => (a.digest < b.digest ? -1 : 1);

const showImage = (facts: ImageFacts, importedAt: number): Image => {
  const { digest, sizeBytes, version, models, hardwareIds, upgradeableFrom, withdrawn } = facts;
  return { digest, sizeBytes, version, models, hardwareIds, upgradeableFrom, withdrawn, importedAt };
};

/** @param onImported is called once the tasks that waited for an image are due */
export function imageService(
  { clock, releases }: HubPorts,
  store: HubStore,
  onImported: () => void,
): ImageService {
  const afterCursor = ({ after }: PageWish) =>
    [...releases.all()].sort(byDigest).filter(({ digest }) => after === undefined || digest > after);

  /** Tasks that waited for an image or its metadata are judged anew. */
  async function wakeWaiting(stores: Stores, now: number): Promise<number> {
    const held = await stores.upgrades.heldBy("artifact_unavailable", BATCH);
    const changes = held.map((before) => {
      const free = withoutHold(before, "artifact_unavailable");
      return { before, after: { ...free, wakeAt: wakeAt(free, now) } };
    });
    await stores.upgrades.saveTasks(changes);
    return held.length;
  }

  async function wakeAllWaiting(now: number): Promise<void> {
    while ((await store.write((stores) => wakeWaiting(stores, now))) === BATCH);
    onImported();
  }

  return {
    async images(wish) {
      const found = afterCursor(wish).slice(0, wish.limit + 1);
      const times = await store.read.images.importedAt(found.map(({ digest }) => digest));
      return pageOf(
        found,
        wish,
        ({ digest }) => digest,
        (facts) => showImage(facts, times.get(facts.digest) ?? 0),
      );
    },
    async imageImported(actor, facts) {
      const now = clock.wall();
      await store.write(async ({ images, audit }) => {
        const isNew = await images.noteImport(facts.digest, now);
        if (!isNew) return;
        const entry = { orgId: HUB_ORG, at: now, actor, action: "image.imported", object: facts.digest };
        await audit.append([{ ...entry, after: { version: facts.version, models: facts.models } }]);
      });
      await wakeAllWaiting(now);
      const times = await store.read.images.importedAt([facts.digest]);
      return showImage(facts, times.get(facts.digest) ?? now);
    },
    async imagesPublished(actor, files) {
      const now = clock.wall();
      const entry = { orgId: HUB_ORG, at: now, actor, action: "images.published", object: "metadata" };
      await store.write(({ audit }) => audit.append([{ ...entry, after: { files: [...files] } }]));
      await wakeAllWaiting(now);
    },
  };
}
