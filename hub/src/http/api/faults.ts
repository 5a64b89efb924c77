import { Fault } from "@fyr/protocol";
import type { FastifyError } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { toFault } from "../problem.ts";

/** Fastify's own refusals under our codes. */
const KNOWN: Readonly<Record<string, (error: FastifyError) => Fault>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Fault("MEDIA_TYPE_UNKNOWN"),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Fault("MESSAGE_TOO_LARGE"),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => invalid(["a JSON body is missing"]),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => invalid(["the body is not as long as announced"]),
  FST_ERR_BAD_URL: () => invalid(["not a valid path"]),
  FST_ERR_MAX_PARAM_LENGTH: () => new Fault("NOT_FOUND"),
  FST_ERR_ASYNC_CONSTRAINT: () => new Fault("NOT_FOUND"),
};

const invalid = (problems: readonly string[]) => new Fault("MESSAGE_INVALID", { problems });

/** Where a request does not fit its schema; nothing of its values is echoed. */
const places = (error: FastifyError): string[] =>
  (error.validation ?? [])
    .slice(0, 5)
    .map(({ instancePath, message }) => `${instancePath.slice(1).replaceAll("/", ".")}: ${message ?? ""}`);

/** What an error that fastify caught is towards the caller. */
export function apiFault(error: FastifyError): Fault {
  if (error instanceof Fault) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const isId = error.validationContext === "params";
    // An id that cannot exist is answered like one that does not.
    return isId ? new Fault("NOT_FOUND") : invalid(places(error));
  }
  return KNOWN[error.code]?.(error) ?? toFault(error);
}
