import type { Cancel } from "@fyr/runtime";
import type { HubPorts } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import type { Contacts } from "./contacts.ts";

/** Sightings are written this often, together: an idle sync itself writes nothing. */
const WRITE_EVERY_MS = 10_000;

export interface Sightings {
  start(): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function createSightings({ clock, log }: HubPorts, store: HubStore, contacts: Contacts): Sightings {
  let timer: Cancel | undefined;
  let running = Promise.resolve();
  let started = false;

  async function write(): Promise<void> {
    const sightings = contacts.takeSightings();
    if (sightings.length === 0) return;
    try {
      await store.write(({ fleet }) => fleet.seen(sightings));
    } catch (error) {
      log.warn({ error }, "when agents were last seen could not be written");
    }
  }

  /** The first sighting after a writing starts the next one's time. */
  function wait(): void {
    if (!started || timer) return;
    timer = clock.after(WRITE_EVERY_MS, () => {
      timer = undefined;
      running = running.then(write);
    });
  }

  return {
    start() {
      started = true;
      contacts.onSighting(wait);
    },
    async stop() {
      started = false;
      timer?.();
      await running;
      await write();
    },
  };
}
