import { Fault } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLog } from "./log.ts";

const CANARY = "canary-3f9a";

function logged(
  say: (log: ReturnType<typeof createLog>) => void,
): Record<string, unknown> & { text: string } {
  let text = "";
  say(createLog({ name: "agent", level: "debug", to: { write: (line: string) => void (text += line) } }));
  expect(text.endsWith("\n")).toBe(true);
  return { ...(JSON.parse(text) as Record<string, unknown>), text };
}

const secretNames = fc.constantFrom(
  ..."password pwd token code secret authorization cookie privateKey key seed".split(" "),
  ..."vaultPassphrase hubToken clientSecret set-cookie Authorization api_key PASSWORD pin".split(" "),
);
const secrets = fc.constantFrom<unknown>(CANARY, [CANARY], { value: CANARY }, { deep: [{ er: CANARY }] });

/** A record with the secret below up to eight levels of objects and lists. */
const records = fc
  .tuple(secretNames, secrets, fc.array(fc.constantFrom("list", "device", "request"), { maxLength: 8 }))
  .map(([name, secret, around]) =>
    around.reduce<object>((inner, outer) => (outer === "list" ? { list: [0, inner] } : { [outer]: inner }), {
      serial: "ACCC8E012345",
      [name]: secret,
    }),
  );

test("no secret field leaves the process, at whatever depth and however it came in", () => {
  fc.assert(
    fc.property(records, (record) => {
      const lines = [
        logged((log) => log.info(record, "plain")),
        logged((log) => log.child(record).info("by a child")),
        logged((log) =>
          log.child({ part: "link" }).child({ context: record }).debug({ a: 1 }, "by its child"),
        ),
        logged((log) =>
          log.error({ error: Object.assign(new Error("x"), { request: record }) }, "in an error"),
        ),
        logged((log) => log.error(Object.assign(new Error("x"), { cause: record }), "as an error")),
      ];
      for (const { text } of lines) expect(text).not.toContain(CANARY);
      expect(lines[0]!.text).toContain("ACCC8E012345");
    }),
    { numRuns: 200 },
  );
});

test("what is no secret is said in full", () => {
  const line = logged((log) =>
    log.child({ part: "link" }).info({ serial: "ACCC8E012345", step: 4 }, "moved"),
  );
  expect(line).toMatchObject({
    name: "agent",
    level: 30,
    part: "link",
    serial: "ACCC8E012345",
    step: 4,
    msg: "moved",
  });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test("a secret that is not set is seen to be missing", () => {
  expect(logged((log) => log.info({ password: null }, "x"))).toMatchObject({ password: null });
});

test("an error tells its code, message and causes", () => {
  const cause = Object.assign(new Error("connect failed"), { code: "ECONNREFUSED" });
  const fault = new Fault("DEVICE_UNREACHABLE", {}, { cause });
  const { error } = logged((log) => log.error({ error: fault, token: CANARY }, "no answer"));
  expect(error).toMatchObject({ type: "Fault", code: "DEVICE_UNREACHABLE" });
  expect((error as Error).message).toContain("connect failed");
  expect((error as Error).stack).toContain("log.test.ts");
});
