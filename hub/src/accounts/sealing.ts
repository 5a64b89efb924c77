import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import type { Random } from "@fyr/runtime";

/**
 * Keeps what has to be read again and must not be read out of a stolen database (security.md B5-I2): seeds of
 * authenticator apps, mails that wait. The key lies in the hub's key folder, outside the database.
 */
export interface Sealing {
  /** @param place what it belongs to: sealed for one place it opens in no other */
  seal(text: string, place: string): string;
  /** @throws Error when it was sealed with another key, for another place, or changed */
  open(sealed: string, place: string): string;
  /** A keyed hash (hex), for codes that are too short for a plain one. */
  mac(text: string): string;
}

export const SEALING_KEY_BYTES = 32;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 bytes; hash and seal use keys that are derived from it, so that neither weakens the other */
export function sealingWith(key: Uint8Array, random: Random): Sealing {
  if (key.length !== SEALING_KEY_BYTES) throw new Error("a sealing key has 32 bytes");
  const derived = (use: string) => createHmac("sha256", key).update(use).digest();
  const [sealKey, macKey] = [derived("seal"), derived("mac")];
  const keyName = createHash("sha256").update(sealKey).digest("hex").slice(0, 8);
  return {
    seal(text, place) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealKey, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return `${keyName}.${Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64url")}`;
    },
    open(sealed, place) {
      const [name, text = ""] = sealed.split(".", 2);
      if (name !== keyName) throw new Error("sealed with another key than the one in the hub's key folder");
      const bytes = Buffer.from(text, "base64url");
      const decipher = createDecipheriv(CIPHER, sealKey, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const inner = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(inner), decipher.final()]).toString("utf8");
    },
    mac: (text) => createHmac("sha256", macKey).update(text).digest("hex"),
  };
}
