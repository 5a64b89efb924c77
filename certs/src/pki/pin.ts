import { createHash, timingSafeEqual, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { Fault } from "@fyr/protocol";
import type { EnrolmentCode } from "./code.ts";
import { keyHash, spkiOf } from "./keys.ts";

/** SHA-256 (hex) of a certificate's public key. */
export const certificateKeyHash = (certificate: X509Certificate): string =>
  keyHash(spkiOf(certificate.publicKey));

/** Whether `root` (PEM or DER) is the self-signed authority that the code names. */
export function matchesPin(root: string | Uint8Array, { rootPin }: EnrolmentCode): boolean {
  const certificate = new X509Certificate(root);
  const hash = createHash("sha256").update(spkiOf(certificate.publicKey)).digest();
  return (
    timingSafeEqual(hash.subarray(0, rootPin.length), rootPin) &&
    certificate.ca &&
    certificate.verify(certificate.publicKey)
  );
}

/** The certificates that the peer sent, leaf first. */
function* sent(socket: TLSSocket): Generator<Buffer> {
  let next: { raw?: Buffer; issuerCertificate?: unknown } | undefined = socket.getPeerCertificate(true);
  for (let depth = 0; next?.raw && depth < 8; depth++) {
    yield next.raw;
    const issuer = next.issuerCertificate as typeof next;
    next = issuer === next ? undefined : issuer;
  }
}

/**
 * The root that a hub showed on a connection opened without trust, if it is the one the code names. Nothing may be
 * sent on that connection: open a second one that trusts this root alone (`agentTlsOptions`).
 *
 * @returns PEM
 * @throws Fault `HUB_UNTRUSTED` when no certificate of the chain is that root
 */
export function pinnedRoot(socket: TLSSocket, code: EnrolmentCode): string {
  for (const der of sent(socket)) {
    if (matchesPin(der, code)) return new X509Certificate(der).toString();
  }
  throw new Fault("HUB_UNTRUSTED", { reason: "the hub's root is not the one in the code" });
}

/**
 * What ties a proof to one TLS connection, equal at both ends (RFC 9266, `tls-exporter`).
 *
 * @throws Fault `HUB_UNTRUSTED` below TLS 1.3, where the value does not single out a connection
 */
export function channelBinding(socket: TLSSocket): Uint8Array {
  if (socket.getProtocol() !== "TLSv1.3")
    throw new Fault("HUB_UNTRUSTED", { reason: "enrolment needs TLS 1.3" });
  return socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
}
