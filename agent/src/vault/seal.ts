import { createCipheriv, createDecipheriv } from "node:crypto";
import { Fault } from "@fyr/protocol";
import type { Random } from "@fyr/runtime";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 1;

/** What a sealed text belongs to: it opens nowhere else. */
export type Binding = readonly string[];

const associated = (binding: Binding): Buffer => Buffer.from(JSON.stringify([FORMAT, ...binding]));

/** AES-256-GCM: format byte, nonce, tag, ciphertext. */
export function seal(key: Uint8Array, binding: Binding, plain: Uint8Array, random: Random): Uint8Array {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated(binding));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.getAuthTag(), sealed]);
}

/**
 * Opens what `seal` closed.
 *
 * @throws Fault VAULT_SEALED, the same whether the key is wrong, a bit was flipped or the text was moved
 */
export function unseal(key: Uint8Array, binding: Binding, sealed: Uint8Array): Uint8Array {
  try {
    if (sealed[0] !== FORMAT) throw new Error("unknown format");
    const tagAt = 1 + NONCE_BYTES;
    const cipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, tagAt), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(associated(binding)).setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
    return Buffer.concat([cipher.update(sealed.subarray(tagAt + TAG_BYTES)), cipher.final()]);
  } catch {
    throw new Fault("VAULT_SEALED");
  }
}
