import { generateSync, generateURI } from "otplib";
import type { Random } from "@fyr/runtime";
import { base32, sameText } from "./secret.ts";

const STEP_S = 30;
/** The seed's length that RFC 4226 recommends. */
const SEED_BYTES = 20;

/** How a code is made: what every authenticator app can do, unless a test wants the RFC's other forms. */
export interface CodeForm {
  readonly digits?: 6 | 8;
  readonly algorithm?: "sha1" | "sha256" | "sha512";
}

/** The number of the half minute in which `ms` lies: what a code is made of. */
export const stepAt = (ms: number): number => Math.floor(ms / 1000 / STEP_S);

/** The code of one step (RFC 4226 with the step as its counter, RFC 6238). @param secret base 32, or the bytes */
export const codeAt = (secret: string | Uint8Array, step: number, form: CodeForm = {}): string =>
  generateSync({ strategy: "hotp", secret, counter: step, digits: 6, algorithm: "sha1", ...form });

/**
 * The step whose code was typed: the current one, or the one before for a slow typist (ASVS 6.5.5 with one step of
 * slack). Null when neither fits, or when a code of that step or of a later one was used already: a code counts once.
 *
 * @param nowMs the hub's own time; what the phone believes does not count
 */
export function usedStep(
  secret: string,
  typed: string,
  { nowMs, lastStep }: { nowMs: number; lastStep: number },
): number | null {
  const current = stepAt(nowMs);
  const found = [current, current - 1].find((step) => step >= 0 && sameText(codeAt(secret, step), typed));
  return found !== undefined && found > lastStep ? found : null;
}

/** A new seed, as base 32. */
export const newSeed = (random: Random): string => base32(random.bytes(SEED_BYTES));

/** The address that an authenticator app reads, as text or as a QR code. */
export const otpauthUrl = (email: string, secret: string): string =>
  generateURI({ issuer: "Fyr", label: email, secret });
