/** Certificates from a customer's own authority, for the listener that browsers see. */
export { BUNDLE_MAX_BYTES, type ImportedBundle } from "./bundle.ts";
export { importPkcs12 } from "./pkcs12.ts";
export { importPkcs7 } from "./pkcs7.ts";
