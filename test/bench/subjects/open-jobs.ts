import { FakeDevice, FakeSite, imageFacts } from "@fyr/agent/testing";
import type { Serial } from "@fyr/protocol";
import { fakeClock } from "@fyr/runtime/testing";

/** An agent that dies with so many jobs past their last chunk starts again. Prints the time to its first look at a device. */
const jobs = Number(process.argv[2]);
const clock = fakeClock();
const devices = Array.from({ length: jobs }, (_, index) => {
  const serial = `B8A44F${index.toString(16).toUpperCase().padStart(6, "0")}` as Serial;
  return new FakeDevice(clock, { serial, version: "12.9.57", faults: { neverReturns: true } });
});
const settings = { parallelFlashes: jobs, parallelUploads: jobs };
const site = new FakeSite({ clock, devices, image: imageFacts("12.11.77"), settings });
for (const { serial } of devices) site.grants.push(site.grant({ serial }));
site.start();
await site.run(20 * 60_000, () => devices.every(({ uploads }) => uploads[0]?.whole));
site.kill();

let looks = 0;
for (const device of devices) {
  const look = device.look.bind(device);
  device.look = () => {
    looks++;
    return look();
  };
}
const begun = performance.now();
const virtual = clock.mono();
site.start();
while (looks === 0) await clock.advance(1);
const firstMs = performance.now() - begun + (clock.mono() - virtual);
process.stdout.write(JSON.stringify({ firstMs, open: site.jobs.openJobs().length }));
process.exit(0);
