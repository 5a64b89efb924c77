import { hash, verify } from "@node-rs/argon2";
import type { PasswordHasher } from "./passwords.ts";

/** argon2id with 46 MiB, one pass, one lane (OWASP ASVS 5 appendix C). */
const COST = { memoryCost: 46 * 1024, timeCost: 1, parallelism: 1 };

/** The real hasher; works on threads of its own, off the event loop. */
export const argon2Hasher: PasswordHasher = {
  hash: (password) => hash(password, COST),
  verify: (hashed, password) => verify(hashed, password),
};
