import { expect, test } from "vitest";
import { csvLines } from "./csv.ts";

test.each([
  "=cmd|' /C calc'!A0",
  "+1",
  "-1+2",
  "@SUM(A1)",
  "\tx",
  "\rx",
  "\nx",
  "\uFF1D1",
  "\uFF0B1",
  "\uFF0D1",
  "\uFF201",
])("B1-T2: a cell that a spreadsheet would run is text: %j", (cell) => {
  expect(csvLines([[cell]])).toContain(`'${cell}`);
  expect(csvLines([["a", cell]])).toContain(`'${cell}`);
});

test("numbers stay numbers, and what needs quotes has them", () => {
  expect(csvLines([[-5, 7, "plain", 'a "b"', "c,d", "e\r\nf", "a=b"]])).toBe(
    '-5,7,plain,"a ""b""","c,d","e\r\nf",a=b\r\n',
  );
});
