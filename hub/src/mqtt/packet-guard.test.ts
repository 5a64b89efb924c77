import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { expect, test } from "vitest";
import { createPacketGuard } from "./packet-guard.ts";

const publish = (sizeBytes: number): Buffer =>
  mqttPacket.generate({
    cmd: "publish",
    topic: "t",
    payload: Buffer.alloc(sizeBytes),
    qos: 0,
    dup: false,
    retain: false,
  });

/** What a packet's length field says of a payload: two bytes of topic length and the topic come on top. */
const OVERHEAD = 3;

test("packets up to the limit pass and longer ones do not, however they are cut", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(sizes, cuts, (payloads, lengths) => {
      const bytes = Buffer.concat(payloads.map(publish));
      const guard = createPacketGuard(300);
      let admitted = true;
      for (let at = 0, turn = 0; at < bytes.length && admitted; turn++) {
        const length = lengths[turn % lengths.length] ?? 1;
        admitted = guard.admits(bytes.subarray(at, at + length));
        at += length;
      }
      expect(admitted).toBe(payloads.every((size) => size + OVERHEAD <= 300));
    }),
  );
});

test("a length of five bytes is none", () => {
  expect(createPacketGuard(300).admits(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false);
});
