import { EmailAddress } from "@fyr/protocol";
import { expect, test } from "vitest";
import { argon2Hasher } from "./argon2.ts";
import { breachedWords } from "./breached-words.ts";
import { demandGoodPassword, SHORTEST } from "./password-rules.ts";
import { limitedHasher, type PasswordHasher } from "./passwords.ts";

const EMAIL = EmailAddress.parse("Ada.Lovelace@Example.com");

const refusal = (password: string) => {
  try {
    demandGoodPassword(password, EMAIL);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("B1-S1: passwords are argon2id with 46 MiB, one pass, one lane", async () => {
  const hash = await argon2Hasher.hash("correct horse 7 battery");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
  expect(await argon2Hasher.verify(hash, "correct horse 7 battery")).toBe(true);
  expect(await argon2Hasher.verify(hash, "correct horse 7 batterY")).toBe(false);
  expect(await argon2Hasher.hash("correct horse 7 battery")).not.toBe(hash);
});

test("B1-S1: more than 3,000 breached passwords that are long enough to be chosen are refused", () => {
  const words = [...breachedWords(SHORTEST)];
  expect(words.length).toBeGreaterThanOrEqual(3_000);
  expect(words.filter((word) => refusal(word) !== "PASSWORD_BREACHED")).toEqual([]);
});

test.each([
  ["short7!xy", "PASSWORD_WEAK"],
  ["", "PASSWORD_WEAK"],
  ["x".repeat(257), "PASSWORD_WEAK"],
  ["my ada.lovelace 1815", "PASSWORD_WEAK"],
  ["ADA.LOVELACE@example.com", "PASSWORD_WEAK"],
  ["Password123", "PASSWORD_BREACHED"],
  ["P4ssw0rd2024", "PASSWORD_BREACHED"],
  ["MotDePasse1", "PASSWORD_BREACHED"],
  ["abcabcabcabc", "PASSWORD_BREACHED"],
  ["1234567890123", "PASSWORD_BREACHED"],
  ["abcdefghijklm", "PASSWORD_BREACHED"],
  ["zyxwvutsrq", "PASSWORD_BREACHED"],
  ["aaaaaaaaaaaa", "PASSWORD_BREACHED"],
  ["tulip ladder fog", null],
  ["gr\u00fcne B\u00e4ume \u2693\ufe0f im Wind", null],
  ["kX9$mQ2vLp", null],
])("%j is %s", (password, expected) => expect(refusal(password)).toBe(expected));

test("length is counted in signs that people see, and no composition is demanded", () => {
  expect(refusal("\u{1F34E}".repeat(4) + "\u{1F34F}\u{1F350}\u{1F351}\u{1F352}\u{1F353}")).toBe(
    "PASSWORD_WEAK",
  );
  expect(refusal("lilypondwind")).toBeNull();
});

/** A hasher whose answers come when the test lets them. */
function heldHasher() {
  const held: (() => void)[] = [];
  let most = 0;
  const wait = () =>
    new Promise<void>((resolve) => {
      held.push(resolve);
      most = Math.max(most, held.length);
    });
  const hasher: PasswordHasher = {
    hash: (password) => wait().then(() => password),
    verify: () => wait().then(() => true),
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    hasher,
    most: () => most,
    async releaseAll() {
      for (await turn(); held.length > 0; await turn()) held.splice(0).forEach((release) => release());
    },
  };
}

test("B1-S2: two hashes at once, a bounded queue, and everybody else is told to come back", async () => {
  const held = heldHasher();
  const limited = limitedHasher(held.hasher, { atOnce: 2, waiting: 3 });
  const all = Array.from({ length: 50 }, (_, n) =>
    limited.hash(String(n)).then(
      (hash) => hash,
      (error: { code: string }) => error.code,
    ),
  );
  await held.releaseAll();
  const answers = await Promise.all(all);
  expect(answers.slice(0, 5)).toEqual(["0", "1", "2", "3", "4"]);
  expect(new Set(answers.slice(5))).toEqual(new Set(["TOO_MANY_REQUESTS"]));
  expect(held.most()).toBe(2);
});

test("a hash that failed gives its turn back", async () => {
  let fails = true;
  const hash = async (password: string) => {
    if (fails) throw new Error("no memory");
    return password;
  };
  const limited = limitedHasher({ hash, verify: async () => true }, { atOnce: 1, waiting: 1 });
  await expect(limited.hash("a")).rejects.toThrow("no memory");
  await expect(limited.hash("a")).rejects.toThrow("no memory");
  fails = false;
  expect(await limited.hash("a")).toBe("a");
});
