import { createHash, randomBytes } from "node:crypto";

/** Chance, handed in so that a run can be repeated from its seed. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  bytes(length: number): Uint8Array;
  /** An independent stream: one more draw in it does not shift any other. */
  split(label: string): Random;
}

/** Numbers are drawn from a supply: asking the system for each one would cost more than what they are for. */
const SUPPLY_BYTES = 6 * 512;

function numbers(): () => number {
  let supply = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at >= supply.length) [supply, at] = [randomBytes(SUPPLY_BYTES), 0];
    at += 6;
    return supply.readUIntBE(at - 6, 6) / 2 ** 48;
  };
}

/** Cryptographically strong; the only place where real chance enters the product. */
export const systemRandom: Random = {
  next: numbers(),
  bytes: (length) => randomBytes(length),
  split: () => systemRandom,
};

/** A repeatable stream (sfc32 seeded by SHA-256 of `seed`). Never for keys or codes of a real site. */
export function seededRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;
  const word = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) word();
  return {
    next: () => word() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
    split: (label) => seededRandom(`${seed}/${label}`),
  };
}

/** A whole number in [low, high]. */
export const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random.next() * (high - low + 1));

/** One of `choices`, each as likely as the others. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  const chosen = choices[Math.floor(random.next() * choices.length)];
  if (chosen === undefined) throw new Error("pick needs at least one choice");
  return chosen;
}
