import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import { sealingWith } from "./sealing.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const sealing = sealingWith(key(1), seededRandom("seal"));

test("B5-I2: what is sealed shows nothing, and opens where it belongs", () => {
  const sealed = sealing.seal("JBSWY3DPEHPK3PXP", "account 1");
  expect(sealed).not.toContain("JBSW");
  expect(Buffer.from(sealed.split(".")[1]!, "base64url").toString("latin1")).not.toContain("JBSW");
  expect(sealing.open(sealed, "account 1")).toBe("JBSWY3DPEHPK3PXP");
  expect(sealing.seal("JBSWY3DPEHPK3PXP", "account 1")).not.toBe(sealed);
});

test("moved to another place, changed in any part, or with another key it does not open", () => {
  const sealed = sealing.seal("secret é", "account 1");
  expect(() => sealing.open(sealed, "account 2")).toThrow();
  expect(() => sealingWith(key(2), seededRandom("seal")).open(sealed, "account 1")).toThrow("another key");
  const [name, text = ""] = sealed.split(".");
  const bytes = Buffer.from(text, "base64url");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(() => sealing.open(`${name}.${changed.toString("base64url")}`, "account 1")).toThrow();
  }
  for (const broken of ["", "x", `${name}.`, `${name}`, `${name}.AAAA`]) {
    expect(() => sealing.open(broken, "account 1")).toThrow();
  }
});

test("a keyed hash depends on key and text", () => {
  expect(sealing.mac("1")).toBe(sealing.mac("1"));
  expect(sealing.mac("1")).not.toBe(sealing.mac("2"));
  expect(sealing.mac("1")).not.toBe(sealingWith(key(2), seededRandom("seal")).mac("1"));
});

test("a key of another length is refused", () => {
  expect(() => sealingWith(new Uint8Array(16), seededRandom("seal"))).toThrow("32 bytes");
});
