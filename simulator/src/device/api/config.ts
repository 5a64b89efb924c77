import { answer, pathOf, readSmall, type Answer } from "../exchange.ts";
import type { Call, Endpoint } from "../inside.ts";
import { prettyBare } from "../json-text.ts";
import { unrestrictedProperties } from "./basicdeviceinfo.ts";

/** The one API that simulated devices have below `/config` (vapix.md 2.10). */
const ID = "basic-device-info";

const api = {
  doc: `/config/discover/apis/${ID}/v2beta/doc.md`,
  doc_html: `/config/discover/apis/${ID}/v2beta/doc.html`,
  model: `/config/discover/apis/${ID}/v2beta/model.json`,
  rest_api: `/config/rest/${ID}/v2beta`,
  rest_openapi: `/config/discover/apis/${ID}/v2beta/openapi.json`,
  rest_ui: `/config/discover/apis/${ID}/v2beta/ui`,
};

const json = (value: unknown, status = 200): Answer => answer("application/json", prettyBare(value), status);

const failure = (status: number, code: number, message: string): Answer =>
  json({ status: "error", error: { code, message } }, status);

const DISCOVERY: Readonly<Record<string, unknown>> = {
  "/config/discover": { apis: { [ID]: { v2: api } } },
  "/config/discover/apis": { [ID]: { v2: api } },
  [`/config/discover/apis/${ID}`]: { v2: api },
  [`/config/discover/apis/${ID}/v2`]: api,
};

function rest(call: Call): Answer {
  const [, field] = pathOf(call.request).split(api.rest_api);
  const data = { allowAnonymous: true, properties: unrestrictedProperties(call.device) };
  if (field === "" || field === "/") return json({ status: "success", data });
  const name = field?.slice(1) ?? "";
  if (name in data) return json({ status: "success", data: data[name as keyof typeof data] });
  return failure(404, 2, `Item does not exist: ${name}`);
}

/** Real HTTP statuses, pretty-printed, no newline at the end. From 11.8. */
export const config: Endpoint = {
  path: "/config/",
  below: true,
  offered: ({ config }) => config,
  listing: ({ config }) =>
    config ? { id: "device-config", version: "1.0", name: "Device Configuration" } : null,
  async answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    await readSmall(call.request.body);
    const path = pathOf(call.request);
    const found = DISCOVERY[path];
    if (found) return json(found);
    return path.startsWith(api.rest_api) ? rest(call) : failure(404, 1, `Resource not found: ${path}`);
  },
};
