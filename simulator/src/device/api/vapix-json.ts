import { z } from "zod";
import { answer, readSmall, type Answer } from "../exchange.ts";
import type { Call } from "../inside.ts";

/** The envelope that JSON CGIs share. One tool in the field leaves `apiVersion` out (vapix.md 1.5). */
export const JsonCall = z.looseObject({
  apiVersion: z.string().optional(),
  context: z.string().optional(),
  method: z.string(),
  params: z.looseObject({}).optional(),
});
export type JsonCall = z.infer<typeof JsonCall>;

/** A reply has `context` only when the request had it. */
export const echo = ({ context }: { readonly context?: string | undefined }): { context?: string } =>
  context === undefined ? {} : { context };

/** Is this version of an API one that the device speaks? Any 1.x, and `"1"`; not 2.0. */
export const speaks = ({ apiVersion }: JsonCall): boolean =>
  apiVersion === undefined || /^1(\.\d+)?$/.test(apiVersion);

/** Parses the envelope; null when it is none. */
export function parseCall(text: string | null): JsonCall | null {
  try {
    return text === null ? null : (JsonCall.safeParse(JSON.parse(text)).data ?? null);
  } catch {
    return null;
  }
}

export const readCall = async ({ request }: Call): Promise<JsonCall | null> =>
  parseCall(await readSmall(request.body));

export interface ApiError {
  readonly code: number;
  readonly message: string;
}

/** Errors of the APIs that are built like basic device info (vapix.md 2.1). */
export const JSON_ERRORS = {
  httpMethod: { code: 2002, message: "HTTP request type not supported. Only POST is supported" },
  version: { code: 2003, message: "Requested API version is not supported" },
  json: { code: 4000, message: "JSON syntax error" },
  parameter: { code: 4002, message: "Parameter missing or invalid" },
  forbidden: { code: 2001, message: "Access forbidden" },
} as const satisfies Record<string, ApiError>;

export const unknownMethod = (method: string): ApiError => ({
  code: 2004,
  message: `JSON semantic error: Unknown method '${method}'`,
});

/** An answer in the JSON content type of the device's generation; failures too have status 200. */
export const jsonAnswer = ({ device }: Call, text: string): Answer =>
  answer(device.generation().jsonType, text);
