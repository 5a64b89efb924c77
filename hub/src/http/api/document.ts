import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { ApiRoute } from "./route.ts";

/** Has the API document generated from the schemas that check the requests (OpenAPI 3.1). */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Fyr",
        version: "1",
        description:
          "Every refusal is a problem document (RFC 9457) with a code; lists are pages, each naming the next.",
      },
      components: { securitySchemes: { operator: { type: "http", scheme: "bearer" } } },
      security: [{ operator: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

const FILE = { content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } } };

/** What fastify checks and the document shows of a route. */
export const schemaOf = ({ name, summary, params, query, body, upload, status = 200, answer }: ApiRoute) => ({
  operationId: name,
  summary,
  ...(params && { params }),
  ...(query && { querystring: query }),
  ...(body && { body }),
  ...(upload && { consumes: Object.keys(FILE.content) }),
  response: { [status]: answer },
});
