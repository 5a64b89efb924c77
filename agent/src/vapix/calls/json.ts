import { Fault, parse } from "@fyr/protocol";
import { z } from "zod";
import type { WireAnswer } from "../exchange.ts";
import { labelFrom } from "./facts.ts";

const ErrorPart = z.object({
  code: z.union([z.number(), z.string().max(20)]),
  message: z.string().max(2_000).default(""),
});

/** A refusal inside an answer: HTTP says 200 all the same (vapix.md 8, trap 1). */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

export type JsonAnswer<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly refusal: Refusal };

/**
 * Reads the JSON envelope that VAPIX calls share.
 *
 * @throws Fault DEVICE_ANSWER for anything that is none: another HTTP status, no JSON, nested too deep, other types
 */
export function readEnvelope<S extends z.ZodType>(answer: WireAnswer, data: S): JsonAnswer<z.infer<S>> {
  if (answer.status !== 200) throw new Fault("DEVICE_ANSWER", { status: answer.status });
  const envelope = parsed(envelopeOf(data), answer);
  if (envelope.error) return { ok: false, refusal: refusalFrom(envelope.error) };
  if (envelope.data === undefined) throw new Fault("DEVICE_ANSWER", { reason: "neither data nor error" });
  return { ok: true, data: envelope.data };
}

const makeEnvelope = <S extends z.ZodType>(data: S) =>
  z.object({ data: data.optional(), error: ErrorPart.optional() });

/** A schema takes longer to make than many answers take to read. */
const envelopes = new WeakMap<z.ZodType, unknown>();

function envelopeOf<S extends z.ZodType>(data: S): ReturnType<typeof makeEnvelope<S>> {
  const known = envelopes.get(data) as ReturnType<typeof makeEnvelope<S>> | undefined;
  const envelope = known ?? makeEnvelope(data);
  if (!known) envelopes.set(data, envelope);
  return envelope;
}

function parsed<S extends z.ZodType>(schema: S, { body }: WireAnswer): z.infer<S> {
  try {
    return parse(schema, Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8"));
  } catch (error) {
    throw new Fault("DEVICE_ANSWER", { reason: "not the JSON we expect" }, { cause: error });
  }
}

/** Some calls name their failures by text; those carry no number that means anything to us. */
const refusalFrom = ({ code, message }: z.infer<typeof ErrorPart>): Refusal => ({
  code: Number.isSafeInteger(Number(code)) ? Number(code) : -1,
  message: labelFrom(message) ?? "",
});
