import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ConfigError, type Files, type Logger } from "@fyr/runtime";
import { z } from "zod";
import { memoryCertificates, type CertificateStore } from "../network/certificates.ts";
import { fileKeeper, forgetful, type Keeper } from "./keeper.ts";
import type { Site } from "./site.ts";

const Ports = z.strictObject({ http: z.int(), https: z.int(), truth: z.int() });
export type Ports = z.infer<typeof Ports>;

/** What makes a site the same one, and where it was served. */
const SiteRecord = z.strictObject({
  seed: z.string(),
  devices: z.int(),
  firstAddress: z.string(),
  generations: z.array(z.string()),
  /** Milliseconds since 1970. */
  madeMs: z.int(),
  ports: Ports.optional(),
});
type SiteRecord = z.infer<typeof SiteRecord>;

/** All that a site keeps between two runs of the simulator. */
export interface SiteMemory {
  readonly keeper: Keeper;
  readonly certificates: CertificateStore;
  /** When the site was made. */
  readonly madeMs: number;
  /** Where it was served the last time. */
  readonly ports?: Ports;
  keepPorts(ports: Ports): Promise<void>;
}

export const noMemory = (madeMs: number): SiteMemory => ({
  madeMs,
  keeper: forgetful,
  certificates: memoryCertificates(),
  keepPorts: () => Promise.resolve(),
});

export interface MemoryPorts {
  readonly files: Files;
  readonly log: Logger;
  readonly nowMs: number;
}

/**
 * The memory of a site in a folder: `site.json`, a file for each device and one for each certificate.
 *
 * @throws ConfigError when the folder belongs to another site
 */
export async function siteMemory(
  site: Site,
  folder: string,
  { files, log, nowMs }: MemoryPorts,
): Promise<SiteMemory> {
  const path = join(folder, "site.json");
  await files.ensureFolder(folder);
  const before = await files.read(path);
  const record = before
    ? SiteRecord.parse(JSON.parse(Buffer.from(before).toString()))
    : recordOf(site, nowMs);
  demandSame(record, site, folder);
  return {
    madeMs: record.madeMs,
    keeper: fileKeeper(files, join(folder, "devices"), log),
    certificates: certificateFiles(files, join(folder, "certificates")),
    ...(record.ports && { ports: record.ports }),
    keepPorts: (ports) => files.replace(path, Buffer.from(JSON.stringify({ ...record, ports }))),
  };
}

const recordOf = ({ seed, size, firstAddress, generations }: Site, madeMs: number): SiteRecord => ({
  madeMs,
  seed,
  devices: size,
  firstAddress,
  generations: [...generations],
});

function demandSame({ ports: _where, ...kept }: SiteRecord, site: Site, folder: string): void {
  if (isDeepStrictEqual(kept, recordOf(site, kept.madeMs))) return;
  throw new ConfigError(`${folder} holds another simulated site: seed ${kept.seed}, ${kept.devices} devices`);
}

function certificateFiles(files: Files, folder: string): CertificateStore {
  const path = (name: string) => join(folder, `${name}.pem`);
  return {
    async get(name) {
      const bytes = await files.read(path(name));
      return bytes && Buffer.from(bytes).toString();
    },
    async put(name, pem) {
      await files.ensureFolder(folder);
      await files.replace(path(name), Buffer.from(pem));
    },
  };
}
