import { Fault, fromProblem, isFault, parse, PROBLEM_TYPE } from "@fyr/protocol";
import type { z } from "zod";
import type { WireAnswer } from "./wire.ts";

const LONGEST_WAIT_MS = 60 * 60 * 1000;

const typeOf = ({ headers }: WireAnswer): string =>
  (headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";

/** `Retry-After` in its two forms, as milliseconds from now; a wish for more than an hour counts as an hour. */
export function retryAfterMs({ headers }: WireAnswer, nowMs: number): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_WAIT_MS) : undefined;
}

function readJson(answer: WireAnswer): unknown {
  try {
    return JSON.parse(Buffer.from(answer.body).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** What an answer means that is none of ours: something between us and the hub spoke, and it is no data. */
const strange = (answer: WireAnswer): Fault =>
  new Fault("HUB_UNREACHABLE", { reason: `answer ${answer.status} ${typeOf(answer) || "without a type"}` });

/** The refusal that an answer carries, in the hub's own words where it has them, with the wait it asks for. */
export function refusal(answer: WireAnswer, nowMs: number): Fault {
  const told = typeOf(answer) === PROBLEM_TYPE ? fromProblem(readJson(answer)) : undefined;
  const { code, details } = told ?? strange(answer);
  const { retryAfterMs: _inBody, ...others } = details;
  const wait = retryAfterMs(answer, nowMs);
  return new Fault(code, wait === undefined ? others : { ...others, retryAfterMs: wait });
}

/** How long the hub asked us to stay away with this refusal. */
export function waitAsked(error: unknown): number {
  const wait = error instanceof Fault ? error.details["retryAfterMs"] : undefined;
  return typeof wait === "number" ? wait : 0;
}

/**
 * The message in a 200. A page of a captive portal, a redirect or text of a proxy is a failure, never data.
 *
 * @throws Fault the hub's own, or `HUB_UNREACHABLE` when what came is no answer of a hub that we understand
 */
export function message<S extends z.ZodType>(schema: S, answer: WireAnswer, nowMs: number): z.infer<S> {
  if (answer.status !== 200) throw refusal(answer, nowMs);
  if (typeOf(answer) !== "application/json") throw strange(answer);
  try {
    return parse(schema, Buffer.from(answer.body).toString("utf8"));
  } catch (error) {
    const problems = isFault(error) ? (error.details["problems"] ?? null) : null;
    throw new Fault("HUB_UNREACHABLE", { reason: "answer not understood", problems }, { cause: error });
  }
}
