import type { Fault, Site } from "./fault.ts";
import type { SpecOf } from "./spec.ts";

/** Dark for good once it restarts. */
export const neverReturns = (site: Site): Fault => ({
  phase(name) {
    if (name !== "dark") return;
    site.fire();
    site.device.life.lasts(undefined);
  },
});

export const returnsLate = ({ afterSeconds }: SpecOf<"returns-late">, site: Site): Fault => ({
  phase(name) {
    if (name !== "dark" || !site.left()) return;
    site.fire();
    site.device.life.lasts(site.ms(afterSeconds));
  },
});

/** Its settings are gone when it comes back from an upgrade: nobody can log in. */
export const returnsDefaulted = (site: Site): Fault => ({
  phase(name) {
    if (name !== "dark" || !site.runsUploaded() || !site.left()) return;
    site.fire();
    site.device.life.resetSettings("hard");
  },
});

export const crashesOnBoot = (site: Site): Fault => ({
  phase(name) {
    if (name !== "booting" || !site.runsUploaded() || !site.left()) return;
    site.fire();
    site.device.life.crash();
  },
});

/** The new image starts and answers, but says that it is not ready, for good. */
export const neverReady = (site: Site): Fault => ({
  ready(own) {
    if (!site.runsUploaded()) return own;
    site.fire();
    return false;
  },
});

/** Long after everybody was content with it. */
export const rollsBackLater = ({ afterSeconds }: SpecOf<"rolls-back-later">, site: Site): Fault => ({
  phase(name) {
    const { clock, life, state } = site.device;
    if (name !== "ready" || !site.left() || !state.firmware.inactive) return;
    const { boots } = state;
    clock.after(site.ms(afterSeconds), () => {
      if (!site.left() || state.boots !== boots || !state.firmware.inactive) return;
      site.fire();
      life.restart("rollback");
    });
  },
});

export const newCertificate = (site: Site): Fault => ({
  phase(name) {
    if (name !== "dark" || !site.left()) return;
    site.fire();
    site.device.state.certificate += 1;
  },
});
