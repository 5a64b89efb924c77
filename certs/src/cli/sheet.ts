import { createHash, X509Certificate } from "node:crypto";
import { certificateKeyHash } from "../pki/pin.ts";

const grouped = (hex: string): string => (hex.match(/.{1,8}/g) ?? []).join(" ");
const date = (at: Date): string => at.toISOString().slice(0, 16).replace("T", " ");

/** What is printed, compared by eye and signed at a key ceremony: one certificate in a few lines. */
export function sheetOf(pem: string): string[] {
  const certificate = new X509Certificate(pem);
  const usages = (certificate.keyUsage as string[] | undefined) ?? [];
  const purpose = { "1.3.6.1.5.5.7.3.2": "clients (agents)", "1.3.6.1.5.5.7.3.1": "servers (the hub)" };
  return [
    `subject      ${certificate.subject.replaceAll("\n", ", ")}`,
    `issuer       ${certificate.issuer.replaceAll("\n", ", ")}`,
    `serial       ${certificate.serialNumber.toLowerCase()}`,
    `valid        ${date(certificate.validFromDate)} to ${date(certificate.validToDate)} UTC`,
    `authority    ${certificate.ca ? "yes" : "no"}`,
    ...(usages.length > 0
      ? [`purpose      ${usages.map((id) => purpose[id as keyof typeof purpose] ?? id).join(", ")}`]
      : []),
    ...(certificate.subjectAltName ? [`names        ${certificate.subjectAltName}`] : []),
    `certificate  ${grouped(createHash("sha256").update(certificate.raw).digest("hex"))}  (SHA-256)`,
    `public key   ${grouped(certificateKeyHash(certificate))}  (SHA-256)`,
  ];
}
