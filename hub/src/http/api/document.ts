import { components, type Json } from "./components.ts";
import { SESSION_COOKIE } from "./credentials.ts";
import { operation } from "./operation.ts";
import type { ApiRoute } from "./route.ts";

const SECURITY_SCHEMES = {
  session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE, description: "A person who is signed in." },
  page: {
    ...{ type: "apiKey", in: "header", name: "X-CSRF-Token" },
    description: "Beside the cookie of a session, for every change; Origin has to be this host.",
  },
  key: { type: "http", scheme: "bearer", description: "A key of a service account, for one organisation." },
  operator: { type: "http", scheme: "bearer", description: "The token of the hub's operator." },
};

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
    paths,
    components: {
      schemas: found.schemas,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}
