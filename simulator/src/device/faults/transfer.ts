import { sleep } from "@fyr/runtime";
import type { Fault, Site } from "./fault.ts";
import type { SpecOf } from "./spec.ts";

/**
 * Stops reading; the client sees its buffers fill and then nothing. What its system had taken already counts as read,
 * and a client that goes away is noticed.
 */
export const stall = (spec: SpecOf<"stall">, site: Site): Fault => ({
  async *upload(body) {
    const chunks = body[Symbol.asyncIterator]();
    let leftBytes = spec.atByte;
    for (let coming = chunks.next(); ;) {
      const next = await coming;
      if (next.done) return;
      coming = chunks.next();
      leftBytes -= next.value.length;
      if (leftBytes <= 0 && site.left()) {
        site.fire();
        await Promise.race([pause(site, spec.realSeconds), coming.then(() => pause(site, spec.realSeconds))]);
      }
      yield next.value;
    }
  },
});

const pause = ({ device }: Site, seconds: number | undefined): Promise<void> =>
  seconds ? sleep(device.clock, seconds * 1000) : new Promise(() => {});

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
