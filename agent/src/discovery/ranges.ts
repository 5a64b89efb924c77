import { z } from "zod";
import type { Ports } from "../vapix/index.ts";
import { parseSpan, type Span } from "./addresses.ts";

const Port = z.int().min(1).max(65_535).nullable();

/** Addresses in which the agent may look for devices; the installer names them, nobody else can. */
export const RangeSetting = z.union([
  z.string().describe("`10.0.0.0/24`, `10.0.0.5-10.0.0.20` or `10.0.0.7`, with ports 80 and 443."),
  z.strictObject({
    addresses: z.string().describe("`10.0.0.0/24`, `10.0.0.5-10.0.0.20` or `10.0.0.7`."),
    httpPort: Port.default(80).describe("Null: plain HTTP is not tried."),
    httpsPort: Port.default(443).describe("Null: HTTPS is not tried."),
    credentials: z
      .string()
      .max(60)
      .optional()
      .describe("The group of the vault whose login these devices take."),
  }),
]);
export type RangeSetting = z.infer<typeof RangeSetting>;

/** A range as it is used. */
export interface SiteRange extends Span {
  readonly ports: Ports;
  readonly group: string | null;
}

/** @throws Fault ADDRESS_REFUSED for addresses that cannot be read */
export function siteRange(setting: RangeSetting): SiteRange {
  if (typeof setting === "string")
    return { ...parseSpan(setting), ports: { http: 80, https: 443 }, group: null };
  const { addresses, httpPort, httpsPort, credentials = null } = setting;
  return { ...parseSpan(addresses), ports: { http: httpPort, https: httpsPort }, group: credentials };
}
