import type { Locks, Release } from "./places.ts";
import { takePlace } from "./places.ts";
import type PQueue from "p-queue";

/** What one job keeps others from while it may touch its device. */
export class Holds {
  #device: Release | undefined;
  #place: Release | undefined;

  /** The device itself: one job at a time (I1). */
  async takeDevice(devices: Locks, serial: string, signal: AbortSignal): Promise<void> {
    this.#device ??= await devices.take(serial, signal);
  }

  /** One of the site's places for devices that are being changed. */
  async takePlace(places: PQueue, signal: AbortSignal, first: boolean): Promise<void> {
    this.#place ??= await takePlace(places, signal, first);
  }

  /** A device in doubt may stay so for a day: others must not wait for it. */
  releasePlace(): void {
    this.#place?.();
    this.#place = undefined;
  }

  release(): void {
    this.releasePlace();
    this.#device?.();
    this.#device = undefined;
  }
}
