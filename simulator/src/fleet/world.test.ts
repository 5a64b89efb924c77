import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import type { FaultInput } from "../device/faults/spec.ts";
import { FORM, form, FWMGR, upgrade, visitor } from "../testing/visitor.ts";
import { demoImages } from "./images.ts";
import { openSite } from "./live.ts";
import { makeSite } from "./site.ts";

const SITE = makeSite({ devices: 18, seed: "world", speed: 2 });
const LEGACY = "/axis-cgi/firmwareupgrade.cgi?type=normal";

/** Some of what may go wrong, dealt out in turn. */
const FAULTS: readonly (FaultInput | null)[] = [
  null,
  { kind: "power-cut-in-flash", percent: 50 },
  { kind: "slow", bytesPerSecond: 50 },
  { kind: "answer-lost" },
  { kind: "crashes-on-boot" },
];

/** Upgrades everything at once on a virtual clock, and tells all that came of it. */
async function story() {
  const clock = fakeClock();
  const site = await openSite(SITE, { clock });
  const images = new Map<string, Uint8Array>();
  for (const { recipe, make } of demoImages(SITE, 2_000))
    images.set(recipe.models[0]?.hardwareId ?? "", await make());
  const events: string[] = [];
  site.truth().forEach(({ serial, hardwareId, generation }, index) => {
    const fault = FAULTS[index % FAULTS.length];
    if (fault) site.place(serial, fault);
    const scheme = generation === "13" ? "https" : "http";
    const image = images.get(hardwareId) ?? new Uint8Array();
    const asked = generation === "5.51" ? { headers: FORM, body: form([image]) } : upgrade(image);
    const sent = visitor(site.device(serial)).ask(generation === "5.51" ? LEGACY : FWMGR, {
      ...asked,
      scheme,
    });
    void sent.then(({ kind }) => events.push(`${clock.mono()} ${serial} ${kind}`));
  });
  await clock.advance(3_600_000);
  return { events, truth: site.truth() };
}

test("a site without sockets and without real time tells the same story twice, to the last event", async () => {
  const first = await story();
  expect(JSON.stringify(await story())).toBe(JSON.stringify(first));
  expect(first.events.length).toBeGreaterThan(15);
  expect(first.truth.filter(({ active, target }) => active === target).length).toBeGreaterThan(10);
  expect(first.truth.flatMap(({ faults }) => faults).some(({ fired }) => fired > 0)).toBe(true);
});
