/** PEM text as a whole: one block or several, and how the blocks inside are cut apart. */

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+?)-----END \1-----/g;

export interface PemBlock {
  readonly label: string;
  readonly pem: string;
  readonly der: Buffer;
}

/** All blocks in `text`, in order; what stands between them is ignored, as OpenSSL does. */
export const pemBlocks = (text: string): PemBlock[] =>
  [...text.matchAll(BLOCK)].map(([pem, label = "", body = ""]) => ({
    label,
    pem: `${pem.replaceAll("\r", "")}\n`,
    der: Buffer.from(body, "base64"),
  }));

/** The certificates in `text`, each as PEM of its own. */
export const certificatesIn = (text: string): string[] =>
  pemBlocks(text).flatMap(({ label, pem }) => (label === "CERTIFICATE" ? [pem] : []));

/** PEM text around DER bytes. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Length of the DER value that starts the buffer, from its own header; -1 when the header is not minimal DER. */
function statedLength(der: Buffer): number {
  const first = der[1] ?? 0xff;
  if (first < 0x80) return 2 + first;
  const size = first & 0x7f;
  if (size < 1 || size > 4 || der.length < 2 + size) return -1;
  return 2 + size + der.readUIntBE(2, size);
}

/** The DER bytes of a text that is exactly one block of `label` and exactly one DER value; null otherwise. */
export function derInside(text: string, label: string): Buffer | null {
  const [block, ...more] = pemBlocks(text);
  const isAlone =
    block !== undefined && more.length === 0 && block.pem.trim() === text.replaceAll("\r", "").trim();
  if (!isAlone || block.label !== label) return null;
  return statedLength(block.der) === block.der.length ? block.der : null;
}
