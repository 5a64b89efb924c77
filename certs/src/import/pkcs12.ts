import { Fault } from "@fyr/protocol";
import { assembleBundle, type ImportedBundle } from "./bundle.ts";
import { certificateOf, forge, readDer, unpack } from "./forge.ts";

const { oids } = forge.pki;

const bagsOf = (pfx: forge.pkcs12.Pkcs12Pfx, type: string): forge.pkcs12.Bag[] =>
  pfx.getBags({ bagType: type })[type] ?? [];

function keyIn(pfx: forge.pkcs12.Pkcs12Pfx): string {
  const bags = [...bagsOf(pfx, oids["pkcs8ShroudedKeyBag"] ?? ""), ...bagsOf(pfx, oids["keyBag"] ?? "")];
  if (bags.length === 0)
    throw new Fault("BUNDLE_KEY_MISSING", { certificates: bagsOf(pfx, oids["certBag"] ?? "").length });
  const key = bags.find((bag) => bag.key)?.key;
  if (!key) throw new Fault("BUNDLE_KEY_KIND");
  return forge.pki.privateKeyToPem(key);
}

/**
 * Opens the file. Its integrity code takes the password as UTF-16, its newer ciphers as UTF-8, and the library hands
 * both the same text: so when the code was right and the cipher was not, the second reading leaves the code aside.
 */
function open(asn1: forge.asn1.Asn1, password: string): forge.pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(asn1, password);
  } catch (error) {
    if (!/decrypt/i.test((error as Error).message) || !Array.isArray(asn1.value)) throw error;
    const unsealed = { ...asn1, value: asn1.value.slice(0, 2) };
    return forge.pkcs12.pkcs12FromAsn1(unsealed, forge.util.encodeUtf8(password));
  }
}

/**
 * Takes the key and the chain out of a PKCS#12 file (`.pfx`, `.p12`) with an RSA key.
 *
 * @throws Fault `BUNDLE_PASSWORD`, `BUNDLE_INVALID`, and those of `assembleBundle`
 */
export function importPkcs12(bytes: Uint8Array, password: string, nowMs: number): ImportedBundle {
  const asn1 = readDer(bytes);
  const pfx = unpack(() => open(asn1, password));
  const keyPem = unpack(() => keyIn(pfx));
  const certificates = unpack(() =>
    bagsOf(pfx, oids["certBag"] ?? "").flatMap(({ cert }) => (cert ? [certificateOf(cert)] : [])),
  );
  return assembleBundle({ keyPem, certificates }, nowMs);
}
