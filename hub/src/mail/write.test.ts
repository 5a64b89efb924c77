import fc from "fast-check";
import { expect, test } from "vitest";
import { quoted, type Letter } from "./letter.ts";
import { write } from "./write.ts";

const LINK = "https://hub.test/verify#abc-DEF_1";
const NAME = 'Ada <b>"O\'Hara" & Co</b>';

const LETTERS: { readonly [Kind in Letter["kind"]]: Extract<Letter, { kind: Kind }> } = {
  verify_address: { kind: "verify_address", name: NAME, link: LINK, hours: 24 },
  address_known: { kind: "address_known", link: LINK },
  code: { kind: "code", code: "012345", minutes: 10 },
  password_reset: { kind: "password_reset", link: LINK, minutes: 30 },
  password_changed: { kind: "password_changed" },
  factor_changed: { kind: "factor_changed", method: "totp" },
  factor_reset: { kind: "factor_reset" },
  recovery_codes_renewed: { kind: "recovery_codes_renewed" },
  recovery_code_used: { kind: "recovery_code_used", left: 9 },
  email_change: { kind: "email_change", link: LINK, hours: 24 },
  email_change_asked: { kind: "email_change_asked" },
  email_changed: { kind: "email_changed", email: "ada@example.com" },
  new_sign_in: { kind: "new_sign_in", browser: NAME, source: "192.0.2.7", at: "2026-01-01 10:00 UTC" },
  guarded: { kind: "guarded", link: LINK },
  invitation: { kind: "invitation", organisation: NAME, inviter: NAME, link: LINK, days: 7 },
  role_confirmed: { kind: "role_confirmed", organisation: NAME, role: "operator", link: LINK },
  role_to_confirm: {
    ...{ kind: "role_to_confirm", organisation: NAME, person: NAME, email: "ada@example.com" },
    ...{ role: "operator", link: LINK },
  },
  joined_without_folders: {
    ...{ kind: "joined_without_folders", organisation: NAME, person: NAME, email: "ada@example.com" },
    link: LINK,
  },
  joined_with_fewer_folders: {
    ...{ kind: "joined_with_fewer_folders", organisation: NAME, person: NAME, email: "ada@example.com" },
    ...{ dropped: 2, link: LINK },
  },
  licence_reminder: {
    ...{ kind: "licence_reminder", about: "trialEnds", organisation: NAME, orgId: "0189-x", link: LINK },
    ...{ product: { en: NAME, fr: NAME }, day: Date.UTC(2026, 2, 31), facts: { before: 7 } },
  },
  licences_transferred: {
    ...{ kind: "licences_transferred", direction: "out", from: NAME, to: NAME, number: "0189-y", link: LINK },
    lines: [{ product: { en: NAME, fr: NAME }, type: "CORE", kind: "subscription", qty: 30 }],
  },
  access_asked: {
    ...{ kind: "access_asked", organisation: NAME, person: NAME, email: "ada@example.com" },
    ...{ page: NAME, link: LINK },
  },
  no_active_owner: { kind: "no_active_owner", organisation: NAME, link: LINK },
  active_owner_again: { kind: "active_owner_again", organisation: NAME, link: LINK },
  ownership_claimed: {
    ...{ kind: "ownership_claimed", organisation: NAME, person: NAME, day: "2026-12-12", link: LINK },
  },
  ownership_settled: {
    ...{ kind: "ownership_settled", organisation: NAME, person: NAME, how: "objected", link: LINK },
  },
  organisation_archived: { kind: "organisation_archived", organisation: NAME, orgId: "0189-x" },
  organisation_restored: { kind: "organisation_restored", organisation: NAME, link: LINK },
  server_alert: {
    ...{ kind: "server_alert", organisation: NAME, server: NAME, alert: "storage", part: "D:" },
    ...{ value: 5, limit: 10, link: LINK },
  },
  server_alert_over: {
    ...{ kind: "server_alert_over", organisation: NAME, server: NAME, alert: "upgrade_overdue", part: "" },
    ...{ value: 0, limit: 60, link: LINK },
  },
};

const all = Object.values(LETTERS).flatMap((letter) =>
  (["en", "fr"] as const).map((language) => [letter.kind, language, letter] as const),
);

test.each(all)(
  "%s in %s says the same as text and as HTML, with its link and code",
  (_kind, language, letter) => {
    const { subject, text, html } = write(letter, language);
    expect(subject).toMatch(/^.{5,200}$/);
    expect(html).toContain(`<html lang="${language}">`);
    if ("link" in letter) {
      expect(text).toContain(`\n${LINK}\n`);
      expect(html).toContain(`href="${LINK}"`);
    }
    if ("code" in letter) {
      expect(text).toContain("\n012345\n");
      expect(html).toContain("012345");
    }
    expect(html).not.toContain("<b>");
    expect(subject + text).not.toMatch(/undefined|\[object/);
  },
);

test("no two letters of one language begin alike, and the languages differ", () => {
  const texts = all.map(([, language, letter]) => write(letter, language).text);
  expect(new Set(texts).size).toBe(texts.length);
});

test("no name, organisation or browser begins a header, a link or a tag of its own", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.constantFrom(
      "x\r\nBcc: victim@example.com",
      "x\nSubject: other",
      "\u2028x\u2029y\u0000z",
      "go to https://evil.example/login now",
      "www.evil.example",
      '"><script>alert(1)</script>',
      "x".repeat(5_000),
    ),
  );
  fc.assert(
    fc.property(hostile, fc.constantFrom("en" as const, "fr" as const), (text, language) => {
      const letter = { ...LETTERS.invitation, organisation: text, inviter: text };
      const { subject, html, text: plain } = write(letter, language);
      expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(subject.length).toBeLessThan(300);
      expect(html.replaceAll(LINK, "")).not.toMatch(/<script|https?:|www\./i);
      expect(plain.replaceAll(LINK, "")).not.toMatch(/https?:\/\/|www\.\w/i);
      expect(quoted(text).length).toBeLessThanOrEqual(160);
    }),
  );
});

test.each([
  ["lotExpires", { licences: 5, before: 30 }, /5 licences .*31 March 2026/s, /5 licences .*31 mars 2026/s],
  ["trialEnds", { before: 7 }, /trial period .*31 March 2026/s, /période d’essai .*31 mars 2026/s],
  ["graceEnds", { before: 20 }, /grace period .*31 March 2026/s, /délai de grâce .*31 mars 2026/s],
  ["yearEnds", { before: 90 }, /Licensed until 31 March 2026/s, /Sous licence jusqu’au 31 mars 2026/s],
  ["coverEnded", { uncovered: 30, inUse: 80 }, /30 of 80 devices/, /30 périphériques sur 80/],
  [
    "growth",
    { inUse: 120, seats: 50, minimum: 10 },
    /120 devices .*50 seats.*10/s,
    /120 périphériques .*50 places.*10/s,
  ],
  [
    "fileEnds",
    { name: NAME, before: 60 },
    /licence file .*31 March 2026/s,
    /fichier de licence .*31 mars 2026/s,
  ],
] as const)(
  "C-05 L-12 L-31 L-74: a reminder of %s says what and until when, in both languages",
  (about, facts, english, french) => {
    const letter: Letter = { ...LETTERS.licence_reminder, about, facts };
    expect(write(letter, "en").text.replaceAll("\n", " ")).toMatch(english);
    expect(write(letter, "fr").text.replaceAll("\n", " ")).toMatch(french);
  },
);
