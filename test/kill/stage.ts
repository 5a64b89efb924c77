import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest, OrgId } from "@fyr/protocol";
import { bundle } from "../bench/bundle.ts";
import { flipByte } from "../e2e/stage/damage.ts";
import { openHubBook, type HubBook } from "../e2e/stage/hub-book.ts";
import { openHub, type RunningHub } from "../e2e/stage/hub.ts";
import { openTestSite, type TestSite } from "../e2e/stage/site.ts";
import { DEVICE_SPEED } from "./speed.ts";

/** Everything the sweep shares: a real hub process, one site of devices, the program of the agents. */
export interface KillStage {
  readonly folder: string;
  readonly orgId: OrgId;
  readonly hub: RunningHub;
  readonly hubBook: HubBook;
  readonly site: TestSite;
  readonly agentProgram: string;
  /** Devices of this product are left to the case whose image is damaged. */
  readonly reservedHardwareId: string;
  damageOnHub(digest: Digest): Promise<void>;
  /** The hub cannot say what its publishers signed until `waiting` agents have asked. */
  hideMetadata(waiting: number): Promise<void>;
  /** One of them has asked; resolves when all have, and the hub can say it again. */
  metadataIsBack(): Promise<void>;
  close(): Promise<void>;
}

/** @param firstAddress of the devices, in a network that no other test uses */
export async function openKillStage(devices: number, firstAddress: string): Promise<KillStage> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-kill-"));
  const [program, hub, site] = await Promise.all([
    bundle(new URL("./agent-main.ts", import.meta.url)),
    openHub(folder),
    openTestSite({ devices, seed: "kill", speed: DEVICE_SPEED, firstAddress }),
  ]);
  const orgId = await hub.operator.createOrganisation("Sweep");
  const hubBook = openHubBook(hub.folder, orgId);
  await site.importImages(hub.operator);

  const newest = join(hub.folder, "metadata", "timestamp.json");
  const hidden = `${newest}.hidden`;
  let waiting = 0;
  let back = Promise.withResolvers<void>();
  const damaged = new Set<Digest>();
  return {
    ...{ folder, orgId, hub, hubBook, site, agentProgram: program.file, reservedHardwareId: "9CF" },
    async damageOnHub(digest) {
      if (damaged.has(digest)) return;
      damaged.add(digest);
      await flipByte(join(hub.folder, "images", `${digest}.bin`));
    },
    async hideMetadata(count) {
      waiting = count;
      back = Promise.withResolvers();
      await rename(newest, hidden);
    },
    async metadataIsBack() {
      waiting--;
      if (waiting === 0) {
        await rename(hidden, newest);
        back.resolve();
      }
      await back.promise;
    },
    async close() {
      hubBook.close();
      await hub.close();
      await Promise.all([site.close(), program.remove()]);
      await rm(folder, { recursive: true });
    },
  };
}
