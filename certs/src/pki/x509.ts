/**
 * The one door to the X.509 library. It is loaded when a certificate is first made or a request first read: it is
 * large, and an agent needs it twice a month. Its decorators need the reflection polyfill loaded before it.
 */
export async function loadX509() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** The library's parts below certificates. */
export async function loadAsn1() {
  const { AsnConvert } = await import("@peculiar/asn1-schema");
  const { CertificationRequest } = await import("@peculiar/asn1-csr");
  const { CRLNumber } = await import("@peculiar/asn1-x509");
  return { AsnConvert, CertificationRequest, CRLNumber };
}

export type X509 = Awaited<ReturnType<typeof loadX509>>;
export type Asn1 = Awaited<ReturnType<typeof loadAsn1>>;
export type * as x509 from "@peculiar/x509";
