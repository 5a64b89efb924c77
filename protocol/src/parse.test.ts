import fc from "fast-check";
import { expect, test } from "vitest";
import { Fault, SyncRequest, parse } from "./index.ts";

const refused = (text: string): Fault => {
  try {
    parse(SyncRequest, text);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("was accepted");
};

test("whatever comes in, the answer is a coded fault and never a crash", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((value) => JSON.stringify(value)),
      ),
      (text) => {
        expect(refused(text).code).toBe("MESSAGE_INVALID");
      },
    ),
  );
});

test("nesting without end, prototype keys and unknown fields are refused", () => {
  expect(refused("[".repeat(100_000) + "]".repeat(100_000)).code).toBe("MESSAGE_INVALID");
  expect(refused(`{"a":${"[".repeat(40)}${"]".repeat(40)}}`).code).toBe("MESSAGE_INVALID");
  for (const key of ["__proto__", "\\u005f_proto__", "__\\u0070roto__"])
    expect(refused(`{"${key}":{"admin":true}}`).details["problems"]).toEqual(["not valid JSON"]);
});

test("the fault names places but echoes no value", () => {
  const fault = refused('{"wire":1,"agentId":"hunter2-secret"}');
  expect(fault.details["problems"]).toBeInstanceOf(Array);
  expect(fault.message).not.toContain("hunter2");
});
