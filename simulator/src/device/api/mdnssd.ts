import { z } from "zod";
import type { Endpoint, Inside } from "../inside.ts";
import { spacedLine } from "../json-text.ts";
import { parameter } from "../parameters.ts";
import { echo, JSON_ERRORS, jsonAnswer, readCall, unknownMethod } from "./vapix-json.ts";

const Configuration = z.looseObject({
  enabled: z.boolean().optional(),
  friendlyName: z.string().min(1).optional(),
});

const info = (device: Inside) => ({
  enabled: parameter(device, "Network.Bonjour.Enabled") === "yes",
  friendlyName: parameter(device, "Network.Bonjour.FriendlyName"),
});

/** `subCode` 1 blames `enabled`, 2 the name (vapix.md 2.8). */
const invalid = (field: unknown) => ({
  error: { code: 4003, message: "Invalid parameter", details: { subCode: field === "enabled" ? 1 : 2 } },
});

function configure(device: Inside, params: unknown) {
  const wanted = Configuration.safeParse(params ?? {});
  if (!wanted.success) return invalid(wanted.error.issues[0]?.path[0]);
  const { enabled, friendlyName } = wanted.data;
  const { settings } = device.state;
  const parameters = {
    ...settings.parameters,
    ...(enabled !== undefined && { "root.Network.Bonjour.Enabled": enabled ? "yes" : "no" }),
    ...(friendlyName !== undefined && { "root.Network.Bonjour.FriendlyName": friendlyName }),
  };
  device.state.settings = { ...settings, parameters };
  device.changed();
  return { data: {} };
}

export const mdnssd: Endpoint = {
  path: "/axis-cgi/mdnssd.cgi",
  offered: ({ mdnssd }) => mdnssd !== null,
  listing: ({ mdnssd: version }) => (version === null ? null : { id: "mdnssd", version, name: "mDNS-SD" }),
  async answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const apiVersion = call.device.generation().mdnssd;
    const asked = await readCall(call);
    const reply = (outcome: object) =>
      jsonAnswer(call, spacedLine({ apiVersion, ...echo(asked ?? {}), method: asked?.method, ...outcome }));
    if (!asked) return reply({ error: JSON_ERRORS.json });
    if (asked.method === "getSupportedVersions") return reply({ data: { apiVersions: [apiVersion] } });
    if (asked.method === "getMdnssdInfo") return reply({ data: info(call.device) });
    if (asked.method === "setMdnssdConfiguration") return reply(configure(call.device, asked.params));
    return reply({ error: unknownMethod(asked.method) });
  },
};
