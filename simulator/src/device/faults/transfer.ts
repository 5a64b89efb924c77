import { sleep } from "@fyr/runtime";
import type { Fault, Site } from "./fault.ts";
import type { SpecOf } from "./spec.ts";

/** Stops reading; the client sees its buffers fill and then nothing. */
export const stall = (spec: SpecOf<"stall">, site: Site): Fault => ({
  async *upload(body) {
    let leftBytes = spec.atByte;
    for await (const chunk of body) {
      leftBytes -= chunk.length;
      if (leftBytes <= 0 && site.left()) {
        site.fire();
        await (spec.realSeconds ? sleep(site.device.clock, spec.realSeconds * 1000) : new Promise(() => {}));
      }
      yield chunk;
    }
  },
});

/** Reads no faster than a thin line would bring the bytes. */
export const slow = (spec: SpecOf<"slow">, site: Site): Fault => ({
  async *upload(body) {
    const strikes = site.left();
    if (strikes) site.fire();
    for await (const chunk of body) {
      if (strikes) await sleep(site.device.clock, (chunk.length / spec.bytesPerSecond) * 1000);
      yield chunk;
    }
  },
});
