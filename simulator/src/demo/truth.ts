import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { HostReady } from "./household.ts";

/** What really is the case at a device, whatever anybody says: the part of the simulator's truth that the demo reads. */
const DeviceTruth = z.object({
  serial: z.string(),
  model: z.string(),
  address: z.string(),
  target: z.string(),
  active: z.string(),
  committed: z.boolean(),
  flashedTwice: z.array(z.object({ rule: z.string(), upload: z.int() })),
});
export type DeviceTruth = z.infer<typeof DeviceTruth>;

export const readTruth = async (port: number): Promise<DeviceTruth[]> =>
  z.array(DeviceTruth).parse(await ask(`http://127.0.0.1:${port}/truth`));

async function ask(url: string): Promise<unknown> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(url, { agent: false }, resolve).once("error", reject),
  );
  return JSON.parse(await text(response));
}

/** What the server's own service says, and its own log. */
export interface ServerTruth {
  readonly target: string;
  /** Null while no service answers. */
  readonly running: string | null;
  /** Versions that came up, in order. */
  readonly starts: readonly string[];
}

const Said = z.object({ version: z.string() });

export async function readServerTruth(host: HostReady): Promise<ServerTruth> {
  const running = await ask(`${host.service}/version`).then(
    (said) => Said.parse(said).version,
    () => null,
  );
  const log = await readFile(join(host.root, "service.log"), "utf8");
  const lines = log.split("\n").filter((line) => line !== "");
  const starts = lines.map((line) => Said.parse(JSON.parse(line)).version);
  return { target: host.package.version, running, starts };
}
