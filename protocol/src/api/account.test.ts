import { expect, test } from "vitest";
import { EmailAddress } from "../scalars.ts";
import { TimeZone } from "./account.ts";

test.each([
  ["  Ada.Lovelace@Example.COM \n", "ada.lovelace@example.com"],
  ["ada+fyr@example.com", "ada+fyr@example.com"],
  ["a.d.a@gmail.com", "a.d.a@gmail.com"],
])("A-38: %j is kept and compared as %s", (typed, kept) => expect(EmailAddress.parse(typed)).toBe(kept));

test.each([
  "",
  "ada",
  "ada@",
  "@example.com",
  "a b@example.com",
  "ada@example.com\r\nBcc: x@example.com",
  "ada@example.com, x@example.com",
  "Ada <ada@example.com>",
  `${"x".repeat(250)}@example.com`,
])("%j is no e-mail address", (typed) => expect(EmailAddress.safeParse(typed).success).toBe(false));

test.each([
  ["Europe/Paris", true],
  ["UTC", true],
  ["America/Argentina/Buenos_Aires", true],
  ["+01:00", false],
  ["Europe/Lyon", false],
  ["", false],
  ["../etc", false],
])("time zone %j: %s", (name, isOne) => expect(TimeZone.safeParse(name).success).toBe(isOne));
