import type { Clock, Random } from "@fyr/runtime";
import { ENDPOINTS } from "./api/index.ts";
import { notFound } from "./api/not-found.ts";
import { buildDate } from "./dates.ts";
import { createDoor, type Right } from "./door.ts";
import { answer, hangUp, pathOf, queryOf, type DeviceReply, type DeviceRequest } from "./exchange.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import type { Settings } from "./firmware.ts";
import { generationOf, type AuthenticationPolicy } from "./generations.ts";
import type { Identity } from "./identity.ts";
import { buildTime, partNumber } from "./image.ts";
import { offers, serves, type Call, type Inside } from "./inside.ts";
import { createLife, type Life } from "./life.ts";
import { parameter } from "./parameters.ts";
import { bootIdOf } from "./restart.ts";
import { inUse } from "./settings.ts";
import { freshState, type DeviceState } from "./state.ts";
import { LIFE_LIKE, type Timing } from "./timing.ts";
import { breakUploads } from "./upload.ts";

export interface Blueprint {
  readonly identity: Identity;
  /** AXIS OS that it runs when it is made. */
  readonly version: string;
  /** Accounts and parameters when it is made; one administrator, root with password pass, when left out. */
  readonly settings?: Settings;
  /** Breaks the connection when a legacy upload is whole, as some old devices do (vapix.md 1.9). */
  readonly dropsOnFlash?: boolean;
}

export interface DevicePorts {
  readonly clock: Clock;
  /** This device's own stream. */
  readonly random: Random;
  /** Divides all durations of the device; 1 is life-like. */
  readonly speed?: number;
  readonly timing?: Timing;
  /** Called after each change of the state, for who keeps it. */
  readonly changed?: (state: DeviceState) => void;
  /** Image versions that it refuses with 410. */
  readonly revoked?: readonly string[];
  /** Told of what broke inside a request: a client that went away, or a mistake in the simulator. */
  readonly broke?: (error: unknown) => void;
}

/** One simulated device. It touches neither sockets nor real time: what it needs is handed in. */
export interface Device {
  readonly state: DeviceState;
  readonly faults: Faults;
  readonly life: Life;
  /** As the device tells it now. */
  identity(): Identity;
  /** Would a connection be taken now? */
  listensOn(scheme: "http" | "https"): boolean;
  /** Does it offer HTTP/2 over TLS? */
  speaksHttp2(): boolean;
  /** Ready, alone and with nothing planned: it could be forgotten and woken again from its state. */
  resting(): boolean;
  /** The whole face of a device. Never rejects: what breaks inside hangs up. */
  handle(request: DeviceRequest): Promise<DeviceReply>;
}

/** The state of a new device, which has run for a day when it is made. */
export function initialState({ version, settings }: Blueprint, random: Random, madeMs: number): DeviceState {
  const active = { version, part: partNumber(version), buildDate: buildDate(buildTime(version)) };
  const bootedMs = madeMs - 86_400_000;
  return freshState(active, settings ?? inUse("root", "pass"), bootIdOf(random, 0), bootedMs);
}

/** Brings a device to life, from its state of before when there is one. */
export function createDevice(blueprint: Blueprint, ports: DevicePorts, kept?: DeviceState): Device {
  const { clock, random, speed = 1, timing = LIFE_LIKE } = ports;
  const state = kept ?? initialState(blueprint, random, clock.wall());
  const changed = () => ports.changed?.(state);
  const faults = createFaults(() => inside, speed);
  const generation = () => generationOf(state.firmware.active.version);
  const identity = () => ({ ...blueprint.identity, serial: faults.serial(blueprint.identity.serial) });
  const life = createLife(state, {
    clock,
    random,
    timing,
    speed,
    changed,
    entered: (phase, durationMs) => faults.phase(phase, durationMs),
  });
  const setting = (name: string) => parameter(inside, name);
  const door = createDoor({
    wall: () => clock.wall(),
    mono: () => clock.mono(),
    secret: () => state.bootId,
    realm: () => `AXIS_${identity().serial}`,
    generation,
    policy: () => setting("Network.HTTP.AuthenticationPolicy") as AuthenticationPolicy,
    throttles: () =>
      /^(on|yes)$/i.test(setting("System.PreventDoSAttack.ActivatePasswordThrottling") ?? "off"),
    accounts: () => state.settings.accounts,
  });
  const inside: Inside = {
    clock,
    random,
    state,
    life,
    door,
    faults,
    endpoints: ENDPOINTS,
    revoked: ports.revoked ?? [],
    dropsOnFlash: blueprint.dropsOnFlash ?? false,
    generation,
    identity,
    version: () => faults.version(state.firmware.active.version),
    changed,
  };
  if (kept) resume(inside);
  return {
    state,
    faults,
    life,
    identity,
    listensOn: (scheme) => life.reachable() && generation().schemes.includes(scheme),
    speaksHttp2: () => generation().http2,
    resting: () => life.resting() && state.faults.length === 0,
    handle: (request) => handle(inside, request, ports.broke),
  };
}

/** Connections did not outlive the simulator; faults that wait for their moment wait on. */
function resume(device: Inside): void {
  breakUploads(device);
  const { name, untilMs } = device.state.phase;
  const leftMs = untilMs === undefined ? undefined : Math.max(0, untilMs - device.clock.wall());
  if (name === "flashing" || name === "ready") device.faults.phase(name, leftMs);
}

/** Answers, unless the device leaves the network first. */
async function handle(
  device: Inside,
  request: DeviceRequest,
  broke?: DevicePorts["broke"],
): Promise<DeviceReply> {
  if (!device.life.reachable()) return hangUp;
  let forget = () => {};
  const gone = new Promise<DeviceReply>((resolve) => {
    forget = device.life.onDrop(() => {
      breakUploads(device);
      resolve(hangUp);
    });
  });
  const failed = (error: unknown): DeviceReply => {
    broke?.(error);
    return hangUp;
  };
  const reply = await Promise.race([gone, route(device, request).catch(failed)]);
  forget();
  return reply;
}

async function route(device: Inside, request: DeviceRequest): Promise<DeviceReply> {
  const struck = device.faults.request(request);
  if (struck) return struck;
  const call: Call = {
    device,
    request,
    query: queryOf(request.path),
    refusal(right: Right) {
      const passage = device.door.demand(request, right);
      return "refusal" in passage ? passage.refusal : null;
    },
  };
  const path = pathOf(request);
  const endpoint = device.endpoints.find((one) => serves(one, path) && offers(one, device.generation()));
  return withServer(device, await (endpoint ? endpoint.answer(call) : otherwise(call)));
}

/** The start page, or 404; a newer device without an account asks for one wherever it is addressed (vapix.md 2.6). */
function otherwise(call: Call): DeviceReply {
  const setup = call.device.generation().setup === "everywhere" ? call.device.door.setupRefusal() : null;
  if (setup) return setup;
  return pathOf(call.request) === "/" ? answer("text/html", START_PAGE) : notFound(call);
}

const START_PAGE = "<!DOCTYPE html>\n<html><head><title>AXIS</title></head><body></body></html>\n";

/** Headers that the web server adds to each answer (vapix.md 3.1). */
function withServer(device: Inside, reply: DeviceReply): DeviceReply {
  if (reply.kind !== "answer") return reply;
  const { server, webServer } = device.generation();
  const common: [string, string][] = server ? [["Server", server]] : [];
  if (webServer === "apache") {
    common.push(
      ["X-Content-Type-Options", "nosniff"],
      ["X-Frame-Options", "SAMEORIGIN"],
      ["X-XSS-Protection", "1; mode=block"],
      [
        "Content-Security-Policy",
        "default-src 'self'; frame-ancestors 'self'; connect-src 'self' *.axis.com",
      ],
      ["Referrer-Policy", "strict-origin-when-cross-origin"],
    );
  }
  return { ...reply, headers: [...common, ...reply.headers] };
}
