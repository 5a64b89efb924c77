import { isoSeconds } from "../dates.ts";
import type { Endpoint, Inside } from "../inside.ts";
import { spacedLine } from "../json-text.ts";
import {
  echo,
  JSON_ERRORS,
  jsonAnswer,
  readCall,
  speaks,
  type ApiError,
  type JsonCall,
} from "./vapix-json.ts";

type Outcome = { readonly data: object } | { readonly error: ApiError };

const invalid: Outcome = { error: { code: 4001, message: "Invalid parameter" } };

/** The device's own idea of the time. */
const deviceTime = ({ clock, state }: Inside): number => clock.wall() + state.clockOffsetMs;

const dateTime = (device: Inside) => ({
  dateTime: isoSeconds(deviceTime(device)),
  dstEnabled: false,
  localDateTime: isoSeconds(deviceTime(device)).slice(0, -1),
  posixTimeZone: "GMT0",
  timeZone: "Etc/GMT",
});

function setDateTime(device: Inside, { params }: JsonCall): Outcome {
  const wanted = Date.parse(String(params?.["dateTime"]));
  if (Number.isNaN(wanted)) return invalid;
  device.state.clockOffsetMs = wanted - device.clock.wall();
  device.changed();
  return { data: {} };
}

const METHODS: Readonly<Record<string, (device: Inside, asked: JsonCall) => Outcome>> = {
  getDateTimeInfo: (device) => ({ data: { ...dateTime(device), maxYearSupported: 2037 } }),
  getAll: (device) => ({ data: { ...dateTime(device), maxYearSupported: 2037, timeZones: [] } }),
  setDateTime,
};

/** From 9.30. Devices of the simulator live in UTC. */
export const time: Endpoint = {
  path: "/axis-cgi/time.cgi",
  offered: ({ timeService }) => timeService !== null,
  listing: ({ timeService: version }) =>
    version === null ? null : { id: "time-service", version, name: "Time Service" },
  async answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const apiVersion = call.device.generation().timeService;
    const asked = await readCall(call);
    const reply = (outcome: object) =>
      jsonAnswer(call, spacedLine({ apiVersion, ...echo(asked ?? {}), method: asked?.method, ...outcome }));
    if (call.request.method !== "POST") return reply({ error: JSON_ERRORS.httpMethod });
    if (!asked) return reply({ error: JSON_ERRORS.json });
    if (asked.method === "getSupportedVersions") return reply({ data: { apiVersions: [apiVersion] } });
    if (!speaks(asked)) return reply({ error: JSON_ERRORS.version });
    return reply(
      METHODS[asked.method]?.(call.device, asked) ?? { error: { code: 4001, message: "Unknown method" } },
    );
  },
};
