import { join } from "node:path";
import { OrgId, ServerId, TaskId, UpgradeId } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import { z } from "zod";

/** What the demo itself has to remember, to go on where it stopped. */
export const Memory = z.strictObject({
  format: z.literal(1),
  seed: z.string(),
  devices: z.int(),
  speed: z.number(),
  ports: z.strictObject({
    api: z.int(),
    agents: z.int(),
    mqtt: z.int(),
    metrics: z.int(),
  }),
  /** The operator's token, which the hub shows once. */
  token: z.string().optional(),
  /** The person who works with the hub, and the browser's session of that person. */
  person: z.strictObject({ name: z.string(), email: z.string(), password: z.string() }).optional(),
  session: z.strictObject({ cookie: z.string(), csrfToken: z.string() }).optional(),
  orgId: OrgId.optional(),
  upgradeId: UpgradeId.optional(),
  /** The upgrade of the ACS Pro server. */
  server: z.strictObject({ id: ServerId, taskId: TaskId }).optional(),
  /** Serials of the devices that had something to gain when the upgrade was ordered. */
  wanted: z.array(z.string()).optional(),
});
export type Memory = z.infer<typeof Memory>;

const pathIn = (folder: string): string => join(folder, "demo.json");

export async function loadMemory(files: Files, folder: string): Promise<Memory | null> {
  const bytes = await files.read(pathIn(folder));
  return bytes && Memory.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
}

export async function saveMemory(files: Files, folder: string, memory: Memory): Promise<void> {
  await files.replace(pathIn(folder), Buffer.from(`${JSON.stringify(memory, null, 2)}\n`));
}
