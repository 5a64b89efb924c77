import { sleep } from "@fyr/runtime";
import { written } from "../firmware.ts";
import type { Fault, Site } from "./fault.ts";
import type { SpecOf } from "./spec.ts";

/** The device goes dark when exactly so many bytes of an upload have been read. */
export const powerCutInUpload = (spec: SpecOf<"power-cut-in-upload">, site: Site): Fault => ({
  async *upload(body) {
    let leftBytes = spec.atByte;
    for await (const chunk of body) {
      if (site.left() && chunk.length >= leftBytes) {
        yield chunk.subarray(0, leftBytes);
        await sleep(site.device.clock, 1); // what has arrived is taken in first
        site.fire();
        site.device.life.cutPower(site.ms(spec.offSeconds));
        throw new Error("power was lost during the upload");
      }
      leftBytes -= chunk.length;
      yield chunk;
    }
  },
});

/** The device goes dark when so much of the image is written. */
export function powerCutInFlash(spec: SpecOf<"power-cut-in-flash">, site: Site): Fault {
  const { life, clock, state } = site.device;
  const cut = () => {
    const { flash } = state.phase;
    if (!site.left() || state.phase.name !== "flashing" || !flash) return;
    site.fire();
    if (spec.comesBack === "new") state.firmware = written(state.firmware, flash, clock.wall());
    life.cutPower(site.ms(spec.offSeconds));
  };
  return {
    phase(name, durationMs = 0) {
      if (name === "flashing" && site.left()) clock.after(cutAfterMs(durationMs, spec.percent), cut);
      if (name === "booting" && spec.comesBack === "rescue" && site.fired() > 0) life.lasts(undefined);
    },
  };
}

/** At 100 % the last byte is being written: the cut still comes before the end. */
const cutAfterMs = (durationMs: number, percent: number): number =>
  Math.max(0, Math.min((durationMs * percent) / 100, durationMs - 1));

/** The device goes dark while the new image is on trial. */
export const powerCutOnTrial = (spec: SpecOf<"power-cut-on-trial">, site: Site): Fault => ({
  phase(name) {
    if (name !== "ready" || !site.runsUploaded() || !site.left()) return;
    const { clock, life, state } = site.device;
    const { boots } = state;
    clock.after(site.ms(spec.afterSeconds), () => {
      if (!site.left() || !site.runsUploaded() || state.boots !== boots) return;
      site.fire();
      life.cutPower(site.ms(spec.offSeconds));
    });
  },
});
