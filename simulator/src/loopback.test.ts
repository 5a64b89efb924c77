import fc from "fast-check";
import { expect, test } from "vitest";
import { demandLoopback, fromNumber, isLoopback, toNumber } from "./loopback.ts";

const ELSEWHERE = [
  "0.0.0.0", "::", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "127.1", "127.0.0.01", "0127.0.0.1", "0x7f.0.0.1",
  "2130706433", "127.0.0.256", "127.0.0.1.", " 127.0.0.1", "127.0.0.1\n", "127.0.0.1:80", "127.0.0.1/8", "128.0.0.1",
  "192.168.0.90", "10.0.0.1", "١٢٧.0.0.1", "",
]; // prettier-ignore

test.each(ELSEWHERE)("%j is refused", (address) => {
  expect(isLoopback(address)).toBe(false);
  expect(() => demandLoopback(address)).toThrow("127.0.0.0/8");
});

test("every address of 127.0.0.0/8 is taken and counted", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0x7f000000, max: 0x7fffffff }), (number) => {
      expect(demandLoopback(fromNumber(number))).toBe(fromNumber(number));
      expect(toNumber(fromNumber(number))).toBe(number);
    }),
  );
});
