import { isDeepStrictEqual } from "node:util";
import { Problem, PROBLEM_TYPE } from "@fyr/protocol";
import { z } from "zod";
import type { ApiRoute } from "./route.ts";

type Json = Record<string, unknown>;

/** What the document says of a schema, and the named schemas it met on the way. */
interface Components {
  /** A reference for a schema with a name, the schema itself otherwise. */
  describe(schema: z.ZodType, io: "input" | "output"): Json;
  readonly schemas: Json;
}

const PLACE = "#/components/schemas/";

/** JSON Schema's references point into the document they stand in. */
const relocated = (schema: unknown): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${PLACE}`)) as Json;

function components(): Components {
  const schemas: Json = {};
  const keep = (name: string, schema: Json): void => {
    if (name in schemas && !isDeepStrictEqual(schemas[name], schema)) {
      throw new Error(`two schemas are called ${name}`);
    }
    schemas[name] = schema;
  };
  return {
    schemas,
    describe(schema, io) {
      const described = z.toJSONSchema(schema, { io, unrepresentable: "any" });
      const { $defs = {}, $schema: _dialect, ...own } = described;
      for (const [name, named] of Object.entries($defs)) keep(name, relocated(named));
      return relocated(own);
    },
  };
}

const content = (type: string, schema: Json): Json => ({ content: { [type]: { schema } } });

function parametersOf({ params, query }: ApiRoute, { describe }: Components): Json[] {
  const places = [
    ["path", params],
    ["query", query],
  ] as const;
  return places.flatMap(([place, schema]) => {
    if (!schema) return [];
    const { properties = {}, required = [] } = describe(schema, "input") as {
      properties?: Json;
      required?: string[];
    };
    return Object.entries(properties).map(([name, described]) => ({
      name,
      in: place,
      required: required.includes(name),
      schema: described,
    }));
  });
}

const IDEMPOTENCY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key with the same body gives the same answer for 48 hours.",
  schema: { type: "string", minLength: 1, maxLength: 200 },
};

function operation(route: ApiRoute, found: Components): Json {
  const { name, summary, body, upload, repeatable, status = 200, answer } = route;
  const parameters = [...parametersOf(route, found), ...(repeatable ? [IDEMPOTENCY] : [])];
  const file = content("application/octet-stream", { type: "string", format: "binary" });
  return {
    operationId: name,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, ...content("application/json", found.describe(body, "input")) },
    }),
    ...(upload && { requestBody: { required: true, ...file } }),
    responses: {
      [status]: { description: "Done", ...content("application/json", found.describe(answer, "output")) },
      default: { description: "Refused", ...content(PROBLEM_TYPE, found.describe(Problem, "output")) },
    },
  };
}

/** The API as OpenAPI 3.1, from the schemas that check the requests. */
export function apiDocument(prefix: string, routes: readonly ApiRoute[]): Json {
  const found = components();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = prefix + route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, found) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Fyr",
      version: "1",
      description:
        "Every refusal is a problem document (RFC 9457) with a code; lists are pages, each naming the next.",
    },
    security: [{ operator: [] }],
    paths,
    components: {
      schemas: found.schemas,
      securitySchemes: { operator: { type: "http", scheme: "bearer" } },
    },
  };
}
