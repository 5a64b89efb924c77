import { PERMISSIONS, Problem, PROBLEM_TYPE } from "@fyr/protocol";
import { z } from "zod";
import type { Components, Json } from "./components.ts";
import { doorCodesByStatus } from "./door-codes.ts";
import type { ApiRoute } from "./route.ts";

const content = (types: readonly string[], schema: Json): Json => ({
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
});

const FILE = { type: "string", format: "binary" };

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

const header = (name: string, required: boolean, description: string, schema: Json = {}): Json => ({
  ...{ name, in: "header", required, description },
  schema: { type: "string", ...schema },
});

const IDEMPOTENCY = header(
  "Idempotency-Key",
  false,
  "The same key with the same body gives the same caller the same answer for 48 hours.",
  { minLength: 1, maxLength: 200 },
);
const IF_MATCH = header("If-Match", true, "The ETag of what the edit was made for.");
const IF_NONE_MATCH = header("If-None-Match", false, "The ETag of what you have: 304 when it is the same.");

/** Whether an answer carries the number that edits are made for. */
const hasVersion = ({ answer }: ApiRoute): boolean =>
  answer instanceof z.ZodObject && "version" in answer.shape;
const isPage = ({ answer }: ApiRoute): boolean => answer instanceof z.ZodObject && "next" in answer.shape;

const headerOf = (description: string): Json => ({ description, schema: { type: "string" } });

function answerHeaders(route: ApiRoute): Json {
  return {
    ...(hasVersion(route) && { ETag: headerOf("For If-Match and If-None-Match.") }),
    ...(isPage(route) && { Link: headerOf('The next page, rel="next" (RFC 8288).') }),
    ...(route.download && { "Content-Disposition": headerOf("The file's name.") }),
    RateLimit: headerOf("Turns that are left, and the seconds until all are back."),
  };
}

function done(route: ApiRoute, { describe }: Components): Json {
  const { status = 200, answer, download, live } = route;
  if (live)
    return {
      101: {
        description: "Text frames of this form",
        ...content(["application/json"], describe(answer, "output")),
      },
    };
  const headers = answerHeaders(route);
  if (status === 204) return { 204: { description: "Done", headers } };
  if (download) return { [status]: { description: "A file", headers, ...content(download, FILE) } };
  const same = route.method === "GET" &&
    hasVersion(route) && { 304: { description: "As you have it", headers } };
  return {
    [status]: { description: "Done", headers, ...content(["application/json"], describe(answer, "output")) },
    ...same,
  };
}

function refused(route: ApiRoute, { describe }: Components): Json {
  const problem = content([PROBLEM_TYPE], describe(Problem, "output"));
  const known = [...doorCodesByStatus(route)].map(([status, codes]): [string, Json] => [
    String(status),
    { description: codes.join(", "), ...problem },
  ]);
  return { ...Object.fromEntries(known), default: { description: "Refused, as the code says", ...problem } };
}

/** How a caller shows who it is; a change under a cookie needs the token of the page beside it. */
function securityOf({ admits, action, method }: ApiRoute): Json[] {
  const person = method === "GET" ? { session: [] } : { session: [], page: [] };
  const isForKeys = action === null || PERMISSIONS[action].service;
  switch (admits) {
    case "anyone":
      return [];
    case "operator":
      return [{ operator: [] }];
    case "session":
    case "person":
      return [person];
    case "known":
      return [person, { key: [] }, { operator: [] }];
    case "member":
      return isForKeys ? [person, { key: [] }] : [person];
  }
}

/** What the document says of one route. */
export function operation(route: ApiRoute, found: Components): Json {
  const { name, summary, body, upload, repeatable, versioned, stepUp, admits, action } = route;
  const parameters = [
    ...parametersOf(route, found),
    ...(repeatable ? [IDEMPOTENCY] : []),
    ...(versioned ? [IF_MATCH] : []),
    ...(route.method === "GET" && hasVersion(route) ? [IF_NONE_MATCH] : []),
  ];
  return {
    ...{ operationId: name, summary, security: securityOf(route), "x-fyr-admits": admits },
    ...(action && { "x-fyr-action": action }),
    ...(stepUp && { "x-fyr-step-up": true }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, ...content(["application/json"], found.describe(body, "input")) },
    }),
    ...(upload && { requestBody: { required: true, ...content(["application/octet-stream"], FILE) } }),
    responses: { ...done(route, found), ...refused(route, found) },
  };
}
