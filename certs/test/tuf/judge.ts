import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Updater } from "tuf-js";
import { DownloadHTTPError, DownloadLengthMismatchError } from "tuf-js/dist/error.js";
import { MAX_BYTES, MAX_ROOT_ROTATIONS, type Role } from "../../src/images/metadata.ts";
import type { TrustedMetadata } from "../../src/images/trusted.ts";

/** What is served, by file name. */
export type Served = ReadonlyMap<string, Uint8Array>;

export interface Judgement {
  readonly accepted: boolean;
  readonly error: string;
  readonly kept: TrustedMetadata;
  /** Paths of the targets that the judge would find. */
  finds(path: string): Promise<boolean>;
}

const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;

/**
 * Serves a map as the network would: absent files are 404, long ones are cut off. Where metadata states a length,
 * tuf-js would read that much, whatever it is; ours never reads more than its own cap, and so here does the judge.
 */
const fetcher = (served: Served) => ({
  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const name = new URL(url).pathname.slice(1);
    const bytes = served.get(name);
    const cap = MAX_BYTES[name.split(".").at(-2) as Role];
    if (!bytes) throw new DownloadHTTPError("Failed to download", 404);
    if (bytes.length > Math.min(maxLength, cap)) throw new DownloadLengthMismatchError("Max length reached");
    return Buffer.from(bytes);
  },
  downloadFile(): Promise<never> {
    throw new Error("the judge downloads metadata only");
  },
});

const config = {
  maxRootRotations: MAX_ROOT_ROTATIONS,
  rootMaxLength: MAX_BYTES.root,
  timestampMaxLength: MAX_BYTES.timestamp,
  snapshotMaxLength: MAX_BYTES.snapshot,
  targetsMaxLength: MAX_BYTES.targets,
};

function read(folder: string, role: string): Uint8Array | null {
  try {
    return readFileSync(join(folder, `${role}.json`));
  } catch {
    return null;
  }
}

/** tuf-js, a foreign client of the same specification, over the same trust and the same files. Real clock. */
export async function judge(folder: string, trusted: TrustedMetadata, served: Served): Promise<Judgement> {
  for (const role of ROLES) {
    const bytes = trusted[role];
    if (bytes) writeFileSync(join(folder, `${role}.json`), bytes);
    else rmSync(join(folder, `${role}.json`), { force: true });
  }
  let error = "";
  let updater: Updater | undefined;
  try {
    const options = {
      metadataDir: folder,
      metadataBaseUrl: "http://localhost/",
      fetcher: fetcher(served),
      config,
    };
    updater = new Updater(options);
    await updater.refresh();
  } catch (thrown) {
    error = String(thrown);
  }
  return {
    accepted: error === "",
    error,
    kept: {
      root: read(folder, "root") ?? new Uint8Array(),
      timestamp: read(folder, "timestamp"),
      snapshot: read(folder, "snapshot"),
      targets: read(folder, "targets"),
    },
    finds: async (path) => (await updater?.getTargetInfo(path)) !== undefined,
  };
}
