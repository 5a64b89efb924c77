import type { DeviceReply, DeviceRequest } from "../exchange.ts";
import type { Inside } from "../inside.ts";
import type { DeviceState, PhaseName, PlacedFault } from "../state.ts";
import * as answers from "./answers.ts";
import type { Fault, Installation, Site } from "./fault.ts";
import * as lies from "./lies.ts";
import * as power from "./power.ts";
import * as returns from "./returns.ts";
import { FaultSpec, type FaultInput, type FaultKind, type SpecOf } from "./spec.ts";
import * as transfer from "./transfer.ts";

type Factories = { readonly [K in FaultKind]: (spec: SpecOf<K>, site: Site) => Fault };

const FACTORIES: Factories = {
  "power-cut-in-upload": power.powerCutInUpload,
  "power-cut-in-flash": power.powerCutInFlash,
  "power-cut-on-trial": power.powerCutOnTrial,
  stall: transfer.stall,
  slow: transfer.slow,
  unauthorized: (_spec, site) => answers.unauthorized(site),
  "wrong-serial": lies.wrongSerial,
  busy: (_spec, site) => answers.busy(site),
  "tells-new-version": (_spec, site) => lies.tellsNewVersion(site),
  "tells-old-version": (_spec, site) => lies.tellsOldVersion(site),
  "answer-lost": (_spec, site) => answers.answerLost(site),
  "answer-withheld": (_spec, site) => answers.answerWithheld(site),
  "answers-500-but-flashes": (_spec, site) => answers.answers500(site),
  "answers-200-but-refuses": (_spec, site) => answers.answers200(site),
  "never-returns": (_spec, site) => returns.neverReturns(site),
  "returns-late": returns.returnsLate,
  "returns-defaulted": (_spec, site) => returns.returnsDefaulted(site),
  "crashes-on-boot": (_spec, site) => returns.crashesOnBoot(site),
  "never-ready": (_spec, site) => returns.neverReady(site),
  "rolls-back-later": returns.rollsBackLater,
  "new-certificate": (_spec, site) => returns.newCertificate(site),
};

/** All faults of one device, each asked in the order in which they were placed. */
export interface Faults {
  /** Adds one; it is remembered with the device. */
  place(spec: FaultInput): void;
  /** Takes all of them away, with what they remember. */
  clear(): void;
  request(request: DeviceRequest): DeviceReply | undefined;
  upload(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  installation(): Installation;
  uploadReply(reply: DeviceReply): DeviceReply;
  phase(name: PhaseName, durationMs: number | undefined): void;
  serial(serial: string): string;
  version(version: string): string;
  ready(ready: boolean): boolean;
}

export function createFaults(device: () => Inside, speed: number): Faults {
  let faults: Fault[] | undefined;
  const placed = () => device().state.faults;
  const all = () => (faults ??= placed().map((one) => toFault(one, device(), speed)));
  const firstOf = <T>(ask: (fault: Fault) => T | undefined): T | undefined => {
    for (const fault of all()) {
      const said = ask(fault);
      if (said !== undefined) return said;
    }
    return undefined;
  };
  const through = <T>(value: T, step: (fault: Fault, value: T) => T | undefined): T =>
    all().reduce((now, fault) => step(fault, now) ?? now, value);
  return {
    place(input) {
      placed().push({ spec: FaultSpec.parse(input), fired: 0 });
      faults = undefined;
      device().changed();
    },
    clear() {
      placed().length = 0;
      faults = undefined;
      device().changed();
    },
    request: (request) => firstOf((fault) => fault.request?.(request)),
    upload: (body) => through(body, (fault, now) => fault.upload?.(now)),
    installation: () => firstOf((fault) => fault.installation?.()) ?? "flash",
    uploadReply: (reply) => through(reply, (fault, now) => fault.uploadReply?.(now)),
    phase: (name, durationMs) => all().forEach((fault) => fault.phase?.(name, durationMs)),
    serial: (serial) => through(serial, (fault, now) => fault.serial?.(now)),
    version: (version) => through(version, (fault, now) => fault.version?.(now)),
    ready: (ready) => through(ready, (fault, now) => fault.ready?.(now)),
  };
}

function toFault(placed: PlacedFault, device: Inside, speed: number): Fault {
  const { spec } = placed;
  const limit = "times" in spec ? (spec.times ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const site: Site = {
    device,
    ms: (seconds) => (seconds * 1000) / speed,
    fire() {
      placed.fired += 1;
      device.changed();
    },
    fired: () => placed.fired,
    left: () => placed.fired < limit,
    runsUploaded: () => runsUploaded(device.state),
  };
  const make = FACTORIES[spec.kind] as (spec: FaultSpec, site: Site) => Fault;
  return make(spec, site);
}

function runsUploaded({ uploads, boots, firmware }: DeviceState): boolean {
  const last = uploads.findLast(({ verdict }) => verdict === "accepted");
  return last !== undefined && boots > last.boot && firmware.active.version === last.imageVersion;
}
