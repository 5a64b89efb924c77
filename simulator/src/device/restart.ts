import type { Random } from "@fyr/runtime";
import * as firmware from "./firmware.ts";
import { generationOf } from "./generations.ts";
import { reset } from "./settings.ts";
import type { DeviceState, RestartFor } from "./state.ts";

export interface Restart {
  readonly next: RestartFor;
  readonly cause: firmware.BootCause;
  readonly random: Random;
  readonly nowMs: number;
}

/** The moment at which one system ends and the next begins (vapix.md 1.8). */
export function restart(state: DeviceState, { next, cause, random, nowMs }: Restart): void {
  if (next === "restart") bootNext(state, cause);
  else if (next === "rollback") apply(state, firmware.rollBack(state.firmware));
  else {
    state.firmware = firmware.factoryDefault(state.firmware);
    resetSettings(state, next);
  }
  state.boots += 1;
  state.bootId = bootIdOf(random, state.boots);
  state.bootedMs = nowMs;
}

/** A factory default of the settings alone. The certificate goes with them (vapix.md 1.9). */
export function resetSettings(state: DeviceState, mode: "soft" | "hard"): void {
  state.settings = reset(state.settings, mode, generationOf(state.firmware.active.version));
  state.certificate += 1;
}

function bootNext(state: DeviceState, cause: firmware.BootCause): void {
  const asked = state.firmware.pending?.reset ?? "none";
  apply(state, firmware.bootBegins(state.firmware, state.settings, cause));
  if (asked !== "none") resetSettings(state, asked);
}

function apply(state: DeviceState, { firmware: next, settings }: firmware.Change): void {
  state.firmware = next;
  if (settings) state.settings = settings;
}

/** A version 4 UUID, new at each boot, the same again for the same seed. */
export function bootIdOf(random: Random, boot: number): string {
  const hex = Buffer.from(random.split(`boot id/${boot}`).bytes(16)).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
