import { z } from "zod";
import { UpgradeParams } from "../commit-policy.ts";
import { isoOffset } from "../dates.ts";
import { answer, readSmall, type Answer, type DeviceReply } from "../exchange.ts";
import * as firmware from "../firmware.ts";
import type { Call, Endpoint, Inside } from "../inside.ts";
import { pretty } from "../json-text.ts";
import { boundaryOf, multipart, MultipartError, type Part } from "../multipart.ts";
import { firmwareBusy, install, receiveImage, REFUSALS } from "../upload.ts";
import { echo, parseCall, speaks, type ApiError, type JsonCall } from "./vapix-json.ts";

const ERRORS = {
  notUnderstood: { code: 400, message: "Unable to parse request." },
  unknownMethod: { code: 405, message: "Unknown method in request." },
  version: { code: 417, message: "Unsupported API version." },
  noOldFirmware: { code: 404, message: "No old firmware exists." },
  notActive: { code: 412, message: "Current firmware is not active." },
} as const satisfies Record<string, ApiError>;

type Outcome = { readonly data: object } | { readonly error: ApiError };
type Method = (device: Inside, params: object) => Outcome;

const done: Outcome = { data: {} };
const failed = (error: ApiError): Outcome => ({ error });

/** Which fields there are depends on the state (vapix.md 1.4). `isCommited` has one t on the wire. */
function status(device: Inside): Outcome {
  const { state, clock } = device;
  const { active, inactive, committed, pendingCommit, rollbackDueMs, lastUpgradeMs } = state.firmware;
  const leftS =
    rollbackDueMs === undefined ? undefined : Math.max(0, Math.round((rollbackDueMs - clock.wall()) / 1000));
  return {
    data: {
      activeFirmwareVersion: device.version(),
      activeFirmwarePart: active.part,
      ...(inactive && { inactiveFirmwareVersion: inactive.image.version, isCommited: committed }),
      ...(pendingCommit && { pendingCommit }),
      ...(leftS !== undefined && { timeToRollback: leftS }),
      ...(inactive && lastUpgradeMs !== undefined && { lastUpgradeAt: isoOffset(lastUpgradeMs) }),
    },
  };
}

function set(device: Inside, next: firmware.Firmware): void {
  device.state.firmware = next;
  device.life.planRollback();
  device.changed();
}

const ResetParams = z.strictObject({ factoryDefaultMode: z.enum(["soft", "hard"]).default("soft") });

const METHODS: Readonly<Record<string, Method>> = {
  status,
  commit(device) {
    if (!device.state.firmware.committed) set(device, firmware.commit(device.state.firmware));
    return { data: { firmwareVersion: device.version() } };
  },
  rollback(device) {
    if (!device.state.firmware.inactive) return failed(ERRORS.noOldFirmware);
    device.life.restart("rollback");
    return done;
  },
  purge(device) {
    if (!device.state.firmware.committed) return failed(ERRORS.notActive);
    set(device, firmware.purge(device.state.firmware));
    return done;
  },
  stopAuto(device) {
    set(device, firmware.stopAuto(device.state.firmware));
    return done;
  },
  reboot(device) {
    device.life.restart("restart");
    return done;
  },
  factoryDefault(device, params) {
    const mode = ResetParams.safeParse(params);
    if (!mode.success) return failed(ERRORS.notUnderstood);
    device.life.restart(mode.data.factoryDefaultMode);
    return done;
  },
};

function perform(device: Inside, asked: JsonCall): Outcome {
  const method = METHODS[asked.method];
  if (!method) return failed(asked.method === "upgrade" ? ERRORS.notUnderstood : ERRORS.unknownMethod);
  if (firmwareBusy(device)) return failed(REFUSALS.busy);
  return method(device, asked.params ?? {});
}

/** The pretty-printed reply, its keys in the order of the recordings. */
function reply({ device }: Call, asked: JsonCall | null, outcome: Outcome): Answer {
  const apiVersion = device.generation().firmwareManagement?.replied;
  const method = asked ? { method: asked.method } : {};
  return answer(
    device.generation().jsonType,
    pretty({ apiVersion, ...echo(asked ?? {}), ...method, ...outcome }),
  );
}

function envelopeError(asked: JsonCall | null): ApiError | null {
  if (!asked) return ERRORS.notUnderstood;
  return speaks(asked) ? null : ERRORS.version;
}

async function plain(call: Call): Promise<Answer> {
  const asked = parseCall(await readSmall(call.request.body));
  if (asked?.method === "getSupportedVersions") {
    return reply(call, asked, {
      data: { apiVersions: [call.device.generation().firmwareManagement?.replied] },
    });
  }
  const error = envelopeError(asked);
  return reply(
    call,
    asked,
    error || !asked ? failed(error ?? ERRORS.notUnderstood) : perform(call.device, asked),
  );
}

/** Reads the JSON part, then the image: the order counts, the names do not (vapix.md 1.5). */
async function upload(call: Call, boundary: string): Promise<DeviceReply> {
  let asked: JsonCall | null = null;
  let error: ApiError | null = ERRORS.notUnderstood;
  let outcome: Outcome | null = null;
  let params: UpgradeParams | undefined;
  const body = call.device.faults.upload(call.request.body);
  for await (const part of multipart(body, boundary)) {
    if (!asked && !outcome) {
      asked = parseCall(await readSmall(part.body));
      ({ error, params } = upgradeCall(asked));
    } else if (params && !outcome) outcome = await take(call, part, params);
    else await skip(part);
  }
  return call.device.faults.uploadReply(reply(call, asked, outcome ?? failed(error ?? ERRORS.notUnderstood)));
}

function upgradeCall(asked: JsonCall | null): { error: ApiError | null; params?: UpgradeParams } {
  const error = envelopeError(asked);
  if (error) return { error };
  if (asked?.method !== "upgrade") return { error: ERRORS.unknownMethod };
  const params = UpgradeParams.safeParse(asked.params ?? {});
  return params.success ? { error: null, params: params.data } : { error: ERRORS.notUnderstood };
}

async function take({ device }: Call, part: Part, params: UpgradeParams): Promise<Outcome> {
  const received = await receiveImage(device, part.body, params);
  if ("refused" in received) return failed(received.refused);
  const { info } = received.taken;
  await install(device, info, params);
  return { data: { firmwareVersion: info.Release } };
}

async function skip(part: Part): Promise<void> {
  for await (const _chunk of part.body); // nobody wants it, but the client has to get rid of it
}

/** From 7.40; administrators only. Every request that reaches it is answered with status 200 (vapix.md 1). */
export const firmwareManagement: Endpoint = {
  path: "/axis-cgi/firmwaremanagement.cgi",
  offered: ({ firmwareManagement }) => firmwareManagement !== null,
  listing: ({ firmwareManagement: versions }) =>
    versions && { id: "fwmgr", version: versions.listed, name: "Firmware Management" },
  async answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const boundary = boundaryOf(call.request.headers["content-type"]);
    if (boundary === null) return plain(call);
    try {
      return await upload(call, boundary);
    } catch (error) {
      if (error instanceof MultipartError) return reply(call, null, failed(ERRORS.notUnderstood));
      throw error;
    }
  },
};
