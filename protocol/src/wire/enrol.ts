import { z } from "zod";
import { AgentId, OrgId } from "../ids.ts";
import { Label, Millis } from "../scalars.ts";
import { SignedDocument } from "./grant.ts";
import { WIRE_VERSION } from "./sync.ts";

/** Ed25519 public key of the hub's orders, as SPKI in base64, with the id under which it signs. */
export const OrderKey = z.strictObject({
  keyid: z.string().regex(/^[0-9a-f]{64}$/),
  publicKey: z.string().max(200),
});
export type OrderKey = z.infer<typeof OrderKey>;

/**
 * Agent to hub, `POST /agent/v1/enrol`, without a client certificate (security.md 7.3). The one-time code never
 * travels: `codeId` finds the slot, the request's challenge proves that the sender holds the code.
 */
export const EnrolRequest = z
  .strictObject({
    wire: z.literal(WIRE_VERSION),
    codeId: z.string().regex(/^[0-9a-f]{32}$/),
    /** PKCS#10 in PEM. */
    request: z.string().max(4096),
    hostName: Label,
    agentVersion: z.string().max(40),
  })
  .meta({ id: "EnrolRequest" });
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const Enrolment = z
  .strictObject({
    wire: z.literal(WIRE_VERSION),
    orgId: OrgId,
    agentId: AgentId,
    /** Leaf first, PEM. */
    chain: z.string().max(20_000),
    root: z.string().max(8_000),
    /** Base addresses that the agent uses from now on. */
    syncUrl: z.url(),
    mqttUrl: z.url().nullable(),
    orderKeys: z.array(OrderKey).min(1).max(4),
    /** The first root of the image metadata; every later one is proved from it. */
    imageRoot: SignedDocument,
    /** When to ask for the next certificate, in milliseconds from now. */
    renewInMs: Millis,
  })
  .meta({ id: "Enrolment" });
export type Enrolment = z.infer<typeof Enrolment>;

/** `POST /agent/v1/renew` over mutual TLS: a new key, the same identity. */
export const RenewRequest = z
  .strictObject({ wire: z.literal(WIRE_VERSION), request: z.string().max(4096) })
  .meta({ id: "RenewRequest" });
export type RenewRequest = z.infer<typeof RenewRequest>;

export const Renewal = z
  .strictObject({ wire: z.literal(WIRE_VERSION), chain: z.string().max(20_000), renewInMs: Millis })
  .meta({ id: "Renewal" });
export type Renewal = z.infer<typeof Renewal>;
