import { get } from "node:http";
import { text } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { z } from "zod";

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

export async function readTruth(port: number): Promise<DeviceTruth[]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get({ host: "127.0.0.1", port, path: "/truth", agent: false }, resolve).once("error", reject),
  );
  return z.array(DeviceTruth).parse(JSON.parse(await text(response)));
}
