import fc from "fast-check";
import { expect, test } from "vitest";
import { AxisVersion, Label, compareVersions, isNewer } from "./index.ts";

const version = fc.array(fc.nat(999), { minLength: 2, maxLength: 4 }).map((numbers) => numbers.join("."));

test.each([
  ["12.11.77", "12.9.57", 1],
  ["9.80.3.9", "9.80.3", 1],
  ["9.80", "9.80.0.0", 0],
  ["10.12.323", "9.80.2.2", 1],
  ["12.0.0-beta1", "12.0.0", -1],
  ["12.0.0", "12.0.0-beta1", 1],
])("%s against %s", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

test("versions are totally ordered, number by number and not as text", () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) || 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(isNewer(a, c)).toBe(false);
    }),
  );
});

test("odd versions and labels are refused", () => {
  for (const text of ["", "12", "v12.1", "12.1;rm", "1.2.3.4.5", "12.11.77\n"])
    expect(AxisVersion.safeParse(text).success).toBe(false);
  for (const text of ["", "   ", "two\nlines", "tab\tin", "\u0007bell", "x".repeat(121)])
    expect(Label.safeParse(text).success).toBe(false);
});
