import type { Reading } from "./ports.ts";

/** What a look tells of a device that does not answer; every other reading begins as this. */
export const silence = (at: number): Reading => ({
  at,
  answers: false,
  serial: null,
  model: null,
  name: null,
  hardwareId: null,
  versions: {},
  inactiveVersion: null,
  committed: null,
  bootId: null,
  uptimeS: null,
  ready: null,
  needsSetup: false,
  busy: false,
  access: "untried",
  keyChanged: false,
  scheme: null,
});
