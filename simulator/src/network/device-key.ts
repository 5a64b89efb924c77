import { createECDH, createHash, createPrivateKey, type KeyObject } from "node:crypto";

/**
 * The P-256 key of a simulated device, derived from names instead of kept: it is the same after a restart of the
 * simulator, so that who pinned it goes on trusting it, and 50,000 of them cost nothing. No secret in any sense.
 */
export function deviceKey(seed: string, serial: string, edition: number): KeyObject {
  const scalar = createHash("sha256").update(`simulated device ${seed} ${serial} ${edition}`).digest();
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: scalar.toString("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    },
  });
}
