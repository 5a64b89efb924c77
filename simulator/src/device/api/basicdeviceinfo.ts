import { z } from "zod";
import { firmwareBuildDate } from "../dates.ts";
import type { Answer } from "../exchange.ts";
import { socSerial } from "../identity.ts";
import type { Call, Endpoint, Inside } from "../inside.ts";
import { spacedLine } from "../json-text.ts";
import {
  echo,
  JSON_ERRORS,
  jsonAnswer,
  readCall,
  speaks,
  unknownMethod,
  type ApiError,
  type JsonCall,
} from "./vapix-json.ts";

/** Shown to anyone; the others only to operators. */
const RESTRICTED = ["Architecture", "SocSerialNumber", "Soc"];

/** All properties in the order in which devices list them (vapix.md 2.1). */
export function properties(device: Inside): Record<string, string> {
  const identity = device.identity();
  const { model } = identity;
  return {
    Architecture: model.architecture,
    ProdNbr: model.prodNbr,
    HardwareID: model.hardwareId,
    ProdFullName: model.prodFullName,
    Version: device.version(),
    ProdType: model.prodType,
    SocSerialNumber: socSerial(identity),
    Soc: model.soc,
    Brand: "AXIS",
    WebURL: device.generation().webUrl,
    ProdVariant: model.prodVariant,
    SerialNumber: identity.serial,
    ProdShortName: model.prodShortName,
    BuildDate: firmwareBuildDate(device),
  };
}

/** What anyone may read. */
export const unrestrictedProperties = (device: Inside) =>
  Object.fromEntries(Object.entries(properties(device)).filter(([name]) => !RESTRICTED.includes(name)));

const PropertyParams = z.looseObject({ propertyList: z.array(z.string()).min(1) });

type Outcome = { readonly data: object } | { readonly error: ApiError };

function chosen(device: Inside, call: JsonCall): Outcome {
  const params = PropertyParams.safeParse(call.params ?? {});
  if (!params.success) return { error: JSON_ERRORS.parameter };
  const all = properties(device);
  const unknown = params.data.propertyList.find((name) => all[name] === undefined);
  if (unknown !== undefined) return { error: { code: 1000, message: `Property not supported: ${unknown}` } };
  return {
    data: { propertyList: Object.fromEntries(params.data.propertyList.map((name) => [name, all[name]])) },
  };
}

/** From 8.40; the call without a login from 9.10, API 1.1. */
export const basicDeviceInfo: Endpoint = {
  path: "/axis-cgi/basicdeviceinfo.cgi",
  offered: ({ basicDeviceInfo }) => basicDeviceInfo !== null,
  listing: ({ basicDeviceInfo: version }) =>
    version === null ? null : { id: "basic-device-info", version, name: "Basic Device Information" },
  async answer(call) {
    const apiVersion = call.device.generation().basicDeviceInfo;
    const asked = await readCall(call);
    const reply = (outcome: Outcome) =>
      jsonAnswer(call, spacedLine({ apiVersion, ...echo(asked ?? {}), ...outcome }));
    if (call.request.method !== "POST") return reply({ error: JSON_ERRORS.httpMethod });
    if (!asked) return challengeFirst(call) ?? reply({ error: JSON_ERRORS.json });
    if (asked.method === "getSupportedVersions") return jsonAnswer(call, supported(asked, apiVersion));
    if (!speaks(asked)) return reply({ error: JSON_ERRORS.version });
    if (asked.method === "getAllUnrestrictedProperties") {
      return reply({ data: { propertyList: unrestrictedProperties(call.device) } });
    }
    return restricted(call, asked, reply);
  },
};

/** curl with `--anyauth` or `--digest` sends no body until it was asked who it is (vapix.md 3.2). */
const challengeFirst = (call: Call): Answer | null =>
  call.request.headers["content-length"] === "0" ? call.refusal("operator") : null;

function restricted(call: Call, asked: JsonCall, reply: (outcome: Outcome) => ReturnType<typeof jsonAnswer>) {
  const refusal = call.refusal("operator");
  if (refusal) return refusal;
  if (asked.method === "getProperties") return reply(chosen(call.device, asked));
  if (asked.method === "getAllProperties") return reply({ data: { propertyList: properties(call.device) } });
  return reply({ error: unknownMethod(asked.method) });
}

const supported = (asked: JsonCall, apiVersion: string | null) =>
  spacedLine({ ...echo(asked), data: { apiVersions: [apiVersion] } });
