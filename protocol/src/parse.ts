import type { z } from "zod";
import { Fault } from "./faults/fault.ts";

/** Nesting that no message of ours needs; deeper JSON is refused before it is looked at. */
const DEEPEST = 32;

/**
 * The only way in for a message, on both ends.
 *
 * @throws Fault `MESSAGE_INVALID` naming the first places that do not fit; nothing of the value is echoed
 */
export function parse<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  return check(schema, readJson(text));
}

/** As `parse`, for a value that is no text any more. */
export function check<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Fault("MESSAGE_INVALID", { problems });
}

function readJson(text: string): unknown {
  try {
    const value: unknown = mayNamePrototype(text) ? JSON.parse(text, refusePrototypeKeys) : JSON.parse(text);
    if (depthOf(value) > DEEPEST) throw new Error(`nested deeper than ${DEEPEST}`);
    return value;
  } catch (error) {
    throw new Fault("MESSAGE_INVALID", { problems: ["not valid JSON"] }, { cause: error });
  }
}

/** Looking at each key costs ten times the parsing, so only a text that could hold such a key pays for it. */
const mayNamePrototype = (text: string): boolean => text.includes("__proto__") || text.includes("\\u");

function refusePrototypeKeys(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new Error("the key __proto__ is refused");
  return value;
}

function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return depth;
  let deepest = depth;
  for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child, depth + 1));
  return deepest;
}
