import { createHash } from "node:crypto";
import { canonicalJson, ExportSeal, SignedDocument } from "@fyr/protocol";
import { linesOf } from "./lines.ts";

/** Signs what leaves the hub as a record, with a key that does nothing else. Synchronous Ed25519. */
export interface ExportSigner {
  readonly keyid: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
  sign(signed: Record<string, unknown>): SignedDocument;
}

/** The public half, as whoever checks an export holds it. */
export interface ExportKey {
  readonly keyid: string;
  verifies(signed: unknown, signature: string): boolean;
}

interface Header {
  readonly format: string;
}

/**
 * An export as lines of JSON: the header, the items, and last what the hub signed about all of it. Each piece holds
 * one batch of items, so that no more than that is ever in memory.
 */
export async function* signedLines(
  signer: ExportSigner,
  header: Header,
  batches: AsyncIterable<readonly unknown[]>,
): AsyncGenerator<string> {
  const sum = createHash("sha256");
  let lines = 0;
  const piece = (items: readonly unknown[]): string => {
    const text = items.map((item) => `${JSON.stringify(item)}\n`).join("");
    lines += items.length;
    sum.update(text);
    return text;
  };
  yield piece([header]);
  for await (const batch of batches) yield piece(batch);
  const seal: ExportSeal = { _type: "fyr-export", format: header.format, lines, sha256: sum.digest("hex") };
  yield `${canonicalJson(signer.sign(seal))}\n`;
}

/**
 * - `cut short`: the last line is not the hub's seal;
 * - `altered`: a byte before the seal is not what was signed;
 * - `forged`: the seal is not signed by this key;
 * - `another key`: the seal is signed by a key that is not this one.
 */
export type SealBreach = "cut short" | "altered" | "forged" | "another key";

/**
 * Reads an export line by line and says whether the seal at its end holds. What `take` was given counts only when
 * the answer is null.
 *
 * @param take is given each line before the seal, from the header on
 */
export async function checkSignedLines(
  key: ExportKey,
  bytes: AsyncIterable<Uint8Array>,
  take: (line: string, at: number) => void,
): Promise<SealBreach | null> {
  const sum = createHash("sha256");
  let held: Buffer | null = null;
  let lines = 0;
  for await (const line of linesOf(bytes)) {
    if (held) {
      sum.update(held);
      take(held.toString("utf8").slice(0, -1), ++lines);
    }
    held = line;
  }
  return sealBreach(key, held?.toString("utf8") ?? "", lines, sum.digest("hex"));
}

/** The seal is taken in the one form in which it is written, or a changed letter in it could go unseen. */
function sealBreach(key: ExportKey, line: string, lines: number, sha256: string): SealBreach | null {
  const document = SignedDocument.safeParse(jsonOf(line)).data;
  const seal = ExportSeal.safeParse(document?.signed).data;
  const [signature, ...more] = document?.signatures ?? [];
  if (!seal || !signature) return "cut short";
  if (more.length > 0 || line !== `${canonicalJson(document)}\n`) return "forged";
  if (signature.keyid !== key.keyid) return "another key";
  if (!/^[0-9a-f]{128}$/.test(signature.sig) || !key.verifies(seal, signature.sig)) return "forged";
  return seal.lines === lines && seal.sha256 === sha256 ? null : "altered";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
