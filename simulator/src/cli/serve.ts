import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Clock, Files, Logger, Process } from "@fyr/runtime";
import { demoImages } from "../fleet/images.ts";
import { GENERATION_NAMES, type GenerationName } from "../fleet/mix.ts";
import { serveSite, type RunningSite } from "../fleet/serve.ts";
import { makeSite } from "../fleet/site.ts";

export interface ServeFlags {
  readonly devices: number;
  readonly seed: string;
  readonly speed: number;
  readonly firstAddress: string;
  readonly generations?: readonly GenerationName[];
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly truthPort: number;
  readonly data?: string;
  readonly images?: string;
  readonly imageBytes: number;
  readonly json?: boolean;
}

export interface ServePorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Logger;
  readonly print: (line: string) => void;
}

/** An image as it was written for import into a hub. */
export interface WrittenImage {
  readonly file: string;
  readonly model: string;
  readonly hardwareId: string;
  readonly version: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One line that tells a parent process what is served and where. */
export interface ReadyLine {
  readonly ready: true;
  readonly seed: string;
  readonly devices: number;
  readonly firstAddress: string;
  readonly lastAddress: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly truthPort: number;
  readonly images: readonly WrittenImage[];
}

async function writeImages(running: RunningSite, flags: ServeFlags, files: Files): Promise<WrittenImage[]> {
  if (flags.images === undefined) return [];
  const folder = resolve(flags.images);
  await files.ensureFolder(folder);
  const written: WrittenImage[] = [];
  for (const { fileName, recipe, make } of demoImages(running.site, flags.imageBytes)) {
    const bytes = await make();
    const file = join(folder, fileName);
    await files.replace(file, bytes, 0o644);
    const [model] = recipe.models;
    written.push({
      file,
      model: model?.prodNbr ?? "",
      hardwareId: model?.hardwareId ?? "",
      version: recipe.version,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  }
  return written;
}

function describe({
  devices,
  firstAddress,
  lastAddress,
  httpPort,
  httpsPort,
  truthPort,
  images,
}: ReadyLine): string {
  return [
    `${devices} simulated devices on ${firstAddress} … ${lastAddress}, login root / pass`,
    `  HTTP  port ${httpPort}   (up to AXIS OS 12)`,
    `  HTTPS port ${httpsPort}   (from AXIS OS 9.80)`,
    `  truth http://127.0.0.1:${truthPort}/truth`,
    ...images.map(({ file }) => `  image ${file}`),
    "Ctrl-C stops them.",
  ].join("\n");
}

/** Serves devices until the process is asked to stop. */
export async function serve(
  flags: ServeFlags,
  { clock, files, log, print }: ServePorts,
  process: Process,
): Promise<void> {
  const { devices, seed, speed, firstAddress, generations = GENERATION_NAMES } = flags;
  const site = makeSite({ devices, seed, speed, firstAddress, generations });
  const running = await serveSite(site, {
    clock,
    files,
    log,
    httpPort: flags.httpPort,
    httpsPort: flags.httpsPort,
    truthPort: flags.truthPort,
    ...(flags.data !== undefined && { dataFolder: resolve(flags.data) }),
  });
  process.onClose("site", () => running.close());
  const { httpPort, httpsPort, truthPort } = running;
  const where = {
    firstAddress: site.firstAddress,
    lastAddress: site.lastAddress,
    httpPort,
    httpsPort,
    truthPort,
  };
  const images = await writeImages(running, flags, files);
  const ready: ReadyLine = { ready: true, seed, devices, ...where, images };
  print(flags.json ? JSON.stringify(ready) : describe(ready));
}
