import type { Serial } from "@fyr/protocol";
import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import { FakeDevice } from "./testing/device.ts";
import { FakeSite, imageFacts } from "./testing/site.ts";

const serial = "ACCC8E000001" as Serial;

test("a device is upgraded", async () => {
  const clock = fakeClock();
  const device = new FakeDevice(clock, { serial, version: "12.2.41" });
  const site = new FakeSite({ clock, devices: [device], image: imageFacts("12.11.77") });
  site.start().accept(site.grant({ serial }));
  await site.runToEnd();
  expect(site.hub.outcomes()).toMatchObject([{ outcome: "succeeded", version: "12.11.77" }]);
  expect(device).toMatchObject({ active: "12.11.77", committed: true });
  expect(device.uploads).toHaveLength(1);
});
