/** Keys, certificates and signed image metadata: everything in Fyr that vouches for something. */
export * from "./pki/index.ts";
export * from "./images/index.ts";
export * from "./import/index.ts";
