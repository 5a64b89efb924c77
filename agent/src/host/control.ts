import { Fault, parse } from "@fyr/protocol";
import { sleep, type Clock, type Files } from "@fyr/runtime";
import type { z } from "zod";
import type { Maybe, RunProgram, ServiceControl } from "../server/index.ts";
import { ControlState, type HostFile } from "./host-file.ts";

/** A service as the host's own supervisor sees it. */
export interface HostService extends ServiceControl {
  isUp(): Promise<Maybe<boolean>>;
  restarts(): Promise<Maybe<number>>;
  bootId(): Promise<Maybe<string>>;
  reboot(): Promise<void>;
}

export type LocalJson = (
  url: string,
  options?: { readonly method?: "GET" | "POST"; readonly waitMs?: number },
) => Promise<unknown>;

/** A supervisor that stops a service may wait until it has put its data down. */
const STOPS_WITHIN_MS = 120_000;
/** An installer is not given up because somebody stopped a demo for a minute. */
const TRIES = 480;
const TRY_EVERY_MS = 250;

export function hostService(
  { service }: HostFile,
  { clock, files, run, json }: { clock: Clock; files: Files; run: RunProgram; json: LocalJson },
): HostService {
  if (service.control !== undefined) return controlled(service.control, clock, json);
  if (service.unit !== undefined) return systemd(service.unit, files, run);
  throw new Fault("SERVER_UNREADABLE", { missing: "service.unit or service.control in host.json" });
}

/** Whoever plays the host's supervisor; may be away for a while, when it was stopped itself. */
function controlled(url: string, clock: Clock, json: LocalJson): HostService {
  const read = async (): Promise<ControlState | null> => {
    const said = ControlState.safeParse(await json(`${url}/state`));
    return said.success ? said.data : null;
  };
  const tell = async (word: string) => {
    for (let tries = 0; tries < TRIES; tries++) {
      if ((await json(`${url}/${word}`, { method: "POST", waitMs: STOPS_WITHIN_MS })) !== null) return;
      await sleep(clock, TRY_EVERY_MS);
    }
    throw new Fault("INSTALLER_FAILED", { reason: `the host's supervisor does not answer to ${word}` });
  };
  return {
    isUp: async () => (await read())?.up ?? "unknown",
    restarts: async () => (await read())?.restarts ?? "unknown",
    bootId: async () => (await read())?.bootId ?? "unknown",
    stop: () => tell("stop"),
    start: () => tell("start"),
    reboot: () => tell("reboot"),
  };
}

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

function systemd(unit: string, files: Files, run: RunProgram): HostService {
  const ask = async (...args: string[]) => (await run("systemctl", args)).out.trim();
  const act = async (...args: string[]) => {
    const { exit } = await run("systemctl", args);
    if (exit !== 0)
      throw new Fault("INSTALLER_FAILED", { reason: `systemctl ${args.join(" ")} ended with ${exit}` });
  };
  return {
    async isUp() {
      const state = await ask("is-active", unit).catch(() => "");
      return state === "" ? "unknown" : state === "active";
    },
    async restarts() {
      const count = await ask("show", unit, "--property=NRestarts", "--value").catch(() => "");
      return /^\d+$/.test(count) ? Number(count) : "unknown";
    },
    async bootId() {
      // A file of the kernel has no length: it is read for its text.
      const file = await files.open(BOOT_ID, "read").catch(() => null);
      if (!file) return "unknown";
      const bytes = new Uint8Array(64);
      const read = await file.read(bytes, 0).finally(() => file.close());
      return Buffer.from(bytes.subarray(0, read)).toString("utf8").trim() || "unknown";
    },
    stop: () => act("stop", unit),
    start: () => act("start", unit),
    reboot: () => act("reboot"),
  };
}

export const readJson = async <S extends z.ZodType>(files: Files, path: string, schema: S) => {
  const bytes = await files.read(path);
  return bytes && parse(schema, Buffer.from(bytes).toString("utf8"));
};
