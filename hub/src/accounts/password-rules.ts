import { Fault, type EmailAddress } from "@fyr/protocol";
import { breachedWords } from "./breached-words.ts";

/** As NIST SP 800-63B has it: length counts, what it is made of does not. */
export const SHORTEST = 10;
export const LONGEST = 256;

/** Parts of an address shorter than this stand in too many words to mean anything. */
const TELLING = 4;

const BREACHED = breachedWords(SHORTEST);

/** How people disguise letters, undone. */
const DISGUISES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

const undisguised = (text: string): string =>
  text.replaceAll(/[013457@$](?=.*[a-z])/g, (sign) => DISGUISES[sign] ?? sign);

/** One short piece again and again: `abcabcabcabc`. */
const isRepetition = (text: string): boolean => /^(.{1,4})\1+.{0,3}$/u.test(text);

const DIGIT = /^\d$/;

/** How far the second sign lies behind the first; digits go round, so that 0 follows 9. */
function stepBetween(first: string, second: string): number {
  const step = second.charCodeAt(0) - first.charCodeAt(0);
  return DIGIT.test(first) && DIGIT.test(second) && Math.abs(step) === 9 ? -Math.sign(step) : step;
}

/** Neighbours of the alphabet or of the digits, up or down, from end to end. */
function isRun(text: string): boolean {
  const steps = [...text].map((sign, at, all) => stepBetween(all[at - 1] ?? "", sign)).slice(1);
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}

const isBreached = (password: string): boolean => {
  const plain = password.normalize("NFKC").toLowerCase();
  return BREACHED.has(plain) || BREACHED.has(undisguised(plain)) || isRepetition(plain) || isRun(plain);
};

const holdsAddress = (password: string, email: EmailAddress): boolean => {
  const [local = ""] = email.split("@", 1);
  const plain = password.toLowerCase();
  return plain.includes(email) || (local.length >= TELLING && plain.includes(local));
};

/** @throws Fault `PASSWORD_WEAK`, `PASSWORD_BREACHED` */
export function demandGoodPassword(password: string, email: EmailAddress): void {
  const length = [...password].length;
  if (length < SHORTEST || length > LONGEST) {
    throw new Fault("PASSWORD_WEAK", { because: "length", shortest: SHORTEST, longest: LONGEST });
  }
  if (holdsAddress(password, email)) throw new Fault("PASSWORD_WEAK", { because: "address" });
  if (isBreached(password)) throw new Fault("PASSWORD_BREACHED");
}
