import {
  AxisVersion,
  Label,
  LicenceCounts,
  MachineId,
  Serial,
  ServerHealth,
  ServerProduct,
} from "@fyr/protocol";
import { z } from "zod";

const Port = z.int().min(1).max(65_535).nullable();
const Local = z.url().startsWith("http://127.0.0.1:");

/**
 * `host.json` in the server's root: what a Linux host, or a simulated one, says of itself. What is left out is `unknown`.
 * Beside it lie `current` (the release that runs), `releases`, and `data` (what a backup copies).
 */
export const HostFile = z.strictObject({
  machineId: MachineId,
  product: ServerProduct,
  name: Label,
  edition: Label.optional(),
  licensing: z.enum(["subscription", "hardware"]).optional(),
  counts: LicenceCounts.optional(),
  devices: z
    .array(
      z.strictObject({
        serial: Serial,
        host: z.string().min(1).max(60),
        httpPort: Port.optional(),
        httpsPort: Port.optional(),
      }),
    )
    .max(5_000)
    .optional(),
  service: z.strictObject({
    name: Label,
    /** A unit of systemd; or the address at which a simulated host is told to stop and to start. */
    unit: z
      .string()
      .regex(/^[A-Za-z0-9@_.-]{1,100}$/)
      .optional(),
    control: Local.optional(),
    /** Where the running service says its version: `{ "version": "6.18.27687" }`. */
    version: Local.optional(),
  }),
});
export type HostFile = z.infer<typeof HostFile>;

/** `health.json` beside it: whatever of a server's health some other program knows. */
export const HealthFile = ServerHealth.omit({ at: true, services: true }).partial();

export const SaidVersion = z.object({ version: AxisVersion });

/** What a simulated host answers at its control address. */
export const ControlState = z.object({
  up: z.boolean(),
  bootId: z.string(),
  restarts: z.int().nonnegative(),
});
export type ControlState = z.infer<typeof ControlState>;
