import { join } from "node:path";
import { silentLog, systemClock, systemFiles, type Clock, type Files, type Logger } from "@fyr/runtime";
import { z } from "zod";
import type { Timing } from "../device/timing.ts";
import { certifier, memoryCertificates, type CertificateStore } from "../network/certificates.ts";
import { listen } from "../network/listener.ts";
import { fileKeeper, forgetful } from "./keeper.ts";
import { openSite, type LiveSite } from "./live.ts";
import type { Site } from "./site.ts";
import { serveTruth } from "./truth-api.ts";

export interface ServeOptions {
  /** Ports; 0 or nothing takes free ones, and a site with a data folder takes the same again. */
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly truthPort?: number;
  /** Keeps states, certificates and ports here; without it everything is forgotten at the end. */
  readonly dataFolder?: string;
  readonly timing?: Timing;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly log?: Logger;
}

/** A site behind real sockets. */
export interface RunningSite extends LiveSite {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly truthPort: number;
  /** Stops the listeners and the devices; resolves when every state is kept. */
  close(): Promise<void>;
}

/** What makes a site the same one, and where it was served. */
const SiteRecord = z.strictObject({
  seed: z.string(),
  devices: z.int(),
  firstAddress: z.string(),
  generations: z.array(z.string()),
  ports: z.strictObject({ http: z.int(), https: z.int(), truth: z.int() }).optional(),
});
type SiteRecord = z.infer<typeof SiteRecord>;

const recordOf = ({ seed, size, firstAddress, generations }: Site): SiteRecord => ({
  seed,
  devices: size,
  firstAddress,
  generations: [...generations],
});

/** @throws Error when the folder belongs to another site */
async function readRecord(files: Files, folder: string, site: Site): Promise<SiteRecord> {
  await files.ensureFolder(folder);
  const bytes = await files.read(join(folder, "site.json"));
  if (!bytes) return recordOf(site);
  const kept = SiteRecord.parse(JSON.parse(Buffer.from(bytes).toString()));
  const { ports: _where, ...same } = kept;
  if (JSON.stringify(same) === JSON.stringify(recordOf(site))) return kept;
  throw new Error(`${folder} holds another simulated site: seed ${kept.seed}, ${kept.devices} devices`);
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

/** Serves a site on the loopback addresses of its devices until `close` is called. */
export async function serveSite(site: Site, options: ServeOptions = {}): Promise<RunningSite> {
  const { dataFolder, clock = systemClock, files = systemFiles, log = silentLog, timing } = options;
  const record = dataFolder === undefined ? recordOf(site) : await readRecord(files, dataFolder, site);
  const keeper = dataFolder === undefined ? forgetful : fileKeeper(files, join(dataFolder, "devices"), log);
  const store =
    dataFolder === undefined
      ? memoryCertificates()
      : certificateFiles(files, join(dataFolder, "certificates"));
  const live = await openSite(site, {
    clock,
    keeper,
    ...(timing && { timing }),
    broke: (serial, error) => log.debug({ serial, error }, "a request broke"),
  });
  const { deviceAt } = live;
  const http = await listen({ port: options.httpPort || (record.ports?.http ?? 0), deviceAt });
  const certify = certifier(site.seed, clock, store);
  const https = await listen({ port: options.httpsPort || (record.ports?.https ?? 0), deviceAt, certify });
  const truth = await serveTruth(live, options.truthPort || (record.ports?.truth ?? 0));
  if (dataFolder !== undefined) {
    const ports = { http: http.port, https: https.port, truth: truth.port };
    await files.replace(join(dataFolder, "site.json"), Buffer.from(JSON.stringify({ ...record, ports })));
  }
  return {
    ...live,
    httpPort: http.port,
    httpsPort: https.port,
    truthPort: truth.port,
    async close() {
      await Promise.all([http.close(), https.close(), truth.close()]);
      await live.stop();
    },
  };
}
