import type { Cancel, Clock, Random } from "@fyr/runtime";
import * as firmware from "./firmware.ts";
import { resetSettings, restart } from "./restart.ts";
import type { DeviceState, Phase, PhaseName, RestartFor } from "./state.ts";
import { drawMs, type Timing } from "./timing.ts";

export interface LifePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  /** Everything that takes a device time is divided by it; the rollback timer, which a client sets, is not. */
  readonly speed: number;
  /** After each change of the state. */
  readonly changed: () => void;
  /** A phase was entered that will last `durationMs`; faults strike here. */
  readonly entered: (phase: PhaseName, durationMs: number | undefined) => void;
}

/** The course of a device through time: flashing, restarting, losing power. */
export interface Life {
  phase(): PhaseName;
  /** Does it take part in the network? */
  reachable(): boolean;
  /** Writes an image, then restarts into it. Resolves when it is written; never, when power is lost before. */
  flash(pending: firmware.Pending): Promise<void>;
  restart(next: RestartFor): void;
  /** Stays off for `offMs`, or until `restorePower`. */
  cutPower(offMs?: number): void;
  restorePower(): void;
  /** Replaces the end of the present phase: later, or never. */
  lasts(durationMs: number | undefined): void;
  /** The system that is starting fails: an uncommitted image gives way to the old one. */
  crash(): void;
  /** A factory default of the settings alone, the images untouched. */
  resetSettings(mode: "soft" | "hard"): void;
  /** Restarts the rollback timer from the state, after a commit or stopAuto. */
  planRollback(): void;
  /** Resolves at the next change of phase. */
  nextPhase(): Promise<void>;
  /** Registers what to do when the device leaves the network; returns how to take it back. */
  onDrop(drop: () => void): () => void;
  /** Ready, with no connection and no timer. */
  resting(): boolean;
  /** Forgets all timers. */
  stop(): void;
}

export function createLife(state: DeviceState, ports: LifePorts): Life {
  const { clock, random, timing, speed, changed, entered } = ports;
  const drops = new Set<() => void>();
  let waiting: (() => void)[] = [];
  let cancelPhase: Cancel = () => {};
  let cancelRollback: Cancel = () => {};

  const remaining = (untilMs: number | undefined) =>
    untilMs === undefined ? undefined : Math.max(0, untilMs - clock.wall());

  const planPhase = () => {
    cancelPhase();
    const leftMs = remaining(state.phase.untilMs);
    if (leftMs !== undefined) cancelPhase = clock.after(leftMs, phaseEnds);
  };

  const planRollback = () => {
    cancelRollback();
    const leftMs = remaining(state.firmware.rollbackDueMs);
    if (leftMs !== undefined && state.phase.name === "ready") {
      cancelRollback = clock.after(leftMs, () => boot("rollback", "restart"));
    }
  };

  const until = (durationMs: number | undefined) =>
    durationMs === undefined ? {} : { untilMs: clock.wall() + durationMs };

  const enter = (name: PhaseName, more: Omit<Phase, "name" | "untilMs"> = {}, forMs?: number) => {
    const durationMs = forMs ?? drawMs(timing, name, random.split(`${name}/${state.boots}`), speed);
    state.phase = { name, ...until(durationMs), ...more };
    planPhase();
    planRollback();
    changed();
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
    entered(name, durationMs);
  };

  const leaveNetwork = () => {
    for (const drop of [...drops]) drop();
  };

  const boot = (next: RestartFor, cause: firmware.BootCause) => {
    leaveNetwork();
    restart(state, { next, cause, random, nowMs: clock.wall() });
    enter("dark");
  };

  const phaseEnds = () => {
    const { name, flash, next } = state.phase;
    if (name === "flashing" && flash) {
      state.firmware = firmware.written(state.firmware, flash, clock.wall());
      enter("leaving", { next: "restart" });
    } else if (name === "leaving") boot(next ?? "restart", "restart");
    else if (name === "dark") enter("booting");
    else if (name === "booting") {
      state.firmware = firmware.bootEnds(state.firmware, clock.wall());
      enter("ready");
    } else if (name === "off") boot(next ?? "restart", "power");
  };

  const nextPhase = () => new Promise<void>((resolve) => void waiting.push(resolve));

  const life: Life = {
    phase: () => state.phase.name,
    reachable: () => state.phase.name !== "dark" && state.phase.name !== "off",
    async flash(pending) {
      enter("flashing", { flash: pending });
      const left = nextPhase();
      await left;
      if (state.phase.name !== "leaving") await new Promise(() => {}); // power was lost: nobody is told
    },
    restart: (next) => enter("leaving", { next }),
    cutPower(offMs) {
      if (state.phase.name === "off") return;
      const { next } = state.phase;
      enter("off", next ? { next } : {}, offMs);
      leaveNetwork();
    },
    restorePower() {
      if (state.phase.name === "off") boot(state.phase.next ?? "restart", "power");
    },
    lasts(durationMs) {
      const { untilMs: _before, ...phase } = state.phase;
      state.phase = { ...phase, ...until(durationMs) };
      planPhase();
      changed();
    },
    crash: () => boot(state.firmware.committed ? "restart" : "rollback", "restart"),
    resetSettings: (mode) => resetSettings(state, mode),
    planRollback,
    nextPhase,
    onDrop(drop) {
      drops.add(drop);
      return () => drops.delete(drop);
    },
    resting: () =>
      state.phase.name === "ready" && drops.size === 0 && state.firmware.rollbackDueMs === undefined,
    stop() {
      cancelPhase();
      cancelRollback();
    },
  };
  planPhase();
  planRollback();
  return life;
}
