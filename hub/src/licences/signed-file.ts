import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { canonicalJson, Fault } from "@fyr/protocol";

/**
 * Files that are carried to and from systems without a network: JSON with an Ed25519 signature over a prefix and the
 * payload's one text, so that a signature of the one kind is never taken for the other (L-71, L-73). A file has one
 * form to the byte, so a flipped bit anywhere shows (I-21).
 */
export interface Carried {
  readonly format: string;
  readonly payload: unknown;
  /** Base64. */
  readonly signature: string;
}

const statement = (format: string, payload: unknown): Buffer =>
  Buffer.from(`${format}\n${canonicalJson(payload)}`);

/** The file's text: its one form. */
export const carriedText = ({ format, payload, signature }: Carried): string =>
  `${canonicalJson({ format, payload, signature })}\n`;

export function signCarried(format: string, payload: unknown, key: KeyObject): string {
  const signature = sign(null, statement(format, payload), key).toString("base64");
  return carriedText({ format, payload, signature });
}

const invalid = (reason: string, cause?: unknown): Fault =>
  new Fault("SYSTEM_FILE_INVALID", { reason }, cause === undefined ? {} : { cause });

/** @throws Fault `SYSTEM_FILE_INVALID` for what is not in its one form, or of none of these formats */
export function readCarried(formats: readonly string[], text: string): Carried {
  let carried: Carried;
  try {
    carried = JSON.parse(text) as Carried;
  } catch (error) {
    throw invalid("format", error);
  }
  const known = typeof carried === "object" && carried !== null && formats.includes(carried.format);
  if (!known || typeof carried.signature !== "string" || carriedText(carried) !== text)
    throw invalid("format");
  return carried;
}

/** @throws Fault `SYSTEM_FILE_INVALID` */
export function demandSignedBy({ format, payload, signature }: Carried, key: KeyObject): void {
  const bytes = Buffer.from(signature, "base64");
  const canonical = bytes.toString("base64") === signature;
  if (!canonical || !verify(null, statement(format, payload), key, bytes)) throw invalid("signature");
}

/** @throws Fault `SYSTEM_FILE_INVALID` for anything but an Ed25519 key, SPKI in base64 */
export function publicKeyFrom(spki: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(spki, "base64"), type: "spki", format: "der" });
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch (error) {
    throw invalid("key", error);
  }
  throw invalid("key");
}
