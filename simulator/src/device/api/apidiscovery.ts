import type { Endpoint, Inside, Listing } from "../inside.ts";
import { offers } from "../inside.ts";
import { spacedLine } from "../json-text.ts";
import { echo, JSON_ERRORS, jsonAnswer, readCall, speaks, unknownMethod } from "./vapix-json.ts";

const DOC_LINK = "https://www.axis.com/partner_pages/vapix_library/#/";

/** What the device really has: clients call every API of the list that they know (vapix.md 2.3). */
function listings(device: Inside): Listing[] {
  const generation = device.generation();
  const listed = device.endpoints
    .filter((endpoint) => offers(endpoint, generation))
    .map((endpoint) => endpoint.listing?.(generation));
  return listed.filter((one) => one !== null && one !== undefined);
}

const pattern = (wildcard: unknown): RegExp => {
  if (typeof wildcard !== "string") return /^/;
  const escaped = wildcard
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`);
};

function apiList(device: Inside, params: Record<string, unknown> = {}) {
  const [id, version] = [pattern(params["id"]), pattern(params["version"])];
  const status = device.generation().apiDiscovery?.status ? { status: "official" } : {};
  return listings(device)
    .filter((one) => id.test(one.id) && version.test(one.version))
    .map((one) => ({ ...one, docLink: DOC_LINK, ...status }));
}

/** From 8.50; 9.80 and 10.12 want a login. */
export const apiDiscovery: Endpoint = {
  path: "/axis-cgi/apidiscovery.cgi",
  offered: ({ apiDiscovery }) => apiDiscovery !== null,
  listing: ({ apiDiscovery: discovery }) =>
    discovery && { id: "api-discovery", version: discovery.version, name: "API Discovery Service" },
  async answer(call) {
    const discovery = call.device.generation().apiDiscovery;
    const refusal = discovery?.login ? call.refusal("viewer") : null;
    if (refusal) return refusal;
    const apiVersion = discovery?.version;
    const asked = await readCall(call);
    const head = { method: asked?.method, apiVersion, ...echo(asked ?? {}) };
    const reply = (outcome: object) => jsonAnswer(call, spacedLine({ ...head, ...outcome }));
    if (call.request.method !== "POST") return reply({ error: JSON_ERRORS.httpMethod });
    if (!asked) return reply({ error: JSON_ERRORS.json });
    if (asked.method === "getSupportedVersions") {
      const supported = { method: asked.method, ...echo(asked), data: { apiVersions: [apiVersion] } };
      return jsonAnswer(call, spacedLine(supported));
    }
    if (!speaks(asked)) return reply({ error: JSON_ERRORS.version });
    if (asked.method !== "getApiList") return reply({ error: unknownMethod(asked.method) });
    return reply({ data: { apiList: apiList(call.device, asked.params) } });
  },
};
