import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { X509Certificate } from "node:crypto";
import { isFault } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importPkcs12, importPkcs7 } from "../src/import/index.ts";
import { certificatesIn } from "../src/pki/pem.ts";
import { mustOpenssl, scratch } from "./openssl.ts";

const { folder, file, remove } = scratch();
afterAll(remove);

const DAY = 86_400_000;
// openssl dates what it makes by the real clock: a minute from now all of it is alive
const now = Date.now() + 60_000;
const run = (...args: string[]) => mustOpenssl(args, folder);
const bytes = (name: string): Uint8Array => readFileSync(join(folder, name));
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

const CA = "basicConstraints=critical,CA:TRUE";

/** Signs `name`'s request with `by`'s key, as a customer's authority would. */
function certify(name: string, by: string, extension: string, days = 100): void {
  run(
    "req",
    "-new",
    "-nodes",
    "-newkey",
    "rsa:2048",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    `/CN=${name}`,
  );
  const extensions = file(`${name}.ext`, extension);
  const signer = ["-CA", `${by}.crt`, "-CAkey", `${by}.key`, "-CAcreateserial"];
  run(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    ...signer,
    "-days",
    `${days}`,
    "-extfile",
    extensions,
    "-out",
    `${name}.crt`,
  );
}

const p12 = (name: string, out: string, ...more: string[]) =>
  run(
    "pkcs12",
    "-export",
    "-inkey",
    `${name}.key`,
    "-in",
    `${name}.crt`,
    "-out",
    out,
    "-passout",
    "pass:Zürich 1",
    ...more,
  );

beforeAll(() => {
  run(
    "req",
    "-x509",
    "-new",
    "-nodes",
    "-newkey",
    "rsa:2048",
    "-keyout",
    "root.key",
    "-out",
    "root.crt",
    "-subj",
    "/CN=root",
    "-days",
    "1000",
  );
  certify("middle", "root", CA);
  certify("hub", "middle", "subjectAltName=DNS:hub.example.com");
  file("above.crt", text("root.crt") + text("middle.crt"));
  file("all.crt", text("root.crt") + text("hub.crt") + text("middle.crt"));
  p12("hub", "hub.p12", "-certfile", "above.crt");
}, 30_000);

function refusal(act: () => unknown): string {
  try {
    act();
    return "accepted";
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

const from12 = (name: string, password = "Zürich 1", at = now) => importPkcs12(bytes(name), password, at);

test("a PKCS#12 file gives the key and the chain, leaf first, without the root", () => {
  const found = from12("hub.p12");
  const subjects = certificatesIn(found.chainPem).map((pem) => new X509Certificate(pem).subject);
  expect(subjects).toEqual(["CN=hub", "CN=middle"]);
  expect(found.names).toBe("DNS:hub.example.com");
  expect(found.notAfterMs - now).toBeLessThan(101 * DAY);
  expect(() => createSecureContext({ key: found.keyPem, cert: found.chainPem })).not.toThrow();
});

test("files of older and newer writers open alike", () => {
  p12(
    "hub",
    "legacy.p12",
    "-certfile",
    "above.crt",
    "-certpbe",
    "PBE-SHA1-3DES",
    "-keypbe",
    "PBE-SHA1-3DES",
    "-macalg",
    "sha1",
  );
  p12(
    "hub",
    "modern.p12",
    "-certfile",
    "above.crt",
    "-certpbe",
    "AES-256-CBC",
    "-keypbe",
    "AES-256-CBC",
    "-macalg",
    "sha256",
  );
  const expected = from12("hub.p12");
  expect(from12("legacy.p12")).toEqual(expected);
  expect(from12("modern.p12")).toEqual(expected);
});

test("a PKCS#7 file gives the chain for a key, as DER and as PEM", () => {
  run("crl2pkcs7", "-nocrl", "-certfile", "all.crt", "-outform", "DER", "-out", "hub.p7b");
  run("crl2pkcs7", "-nocrl", "-certfile", "all.crt", "-out", "hub.p7.pem");
  const expected = from12("hub.p12");
  expect(importPkcs7(bytes("hub.p7b"), text("hub.key"), now)).toEqual(expected);
  expect(importPkcs7(bytes("hub.p7.pem"), text("hub.key"), now)).toEqual(expected);
  expect(refusal(() => importPkcs7(bytes("hub.p7b"), text("root.key").replace("A", "B"), now))).not.toBe(
    "accepted",
  );
  run(
    "req",
    "-new",
    "-nodes",
    "-newkey",
    "rsa:2048",
    "-keyout",
    "other.key",
    "-out",
    "other.csr",
    "-subj",
    "/CN=other",
  );
  expect(refusal(() => importPkcs7(bytes("hub.p7b"), text("other.key"), now))).toBe("BUNDLE_KEY_MISSING");
});

test("each thing that is wrong has its own name", () => {
  p12("hub", "alone.p12");
  p12("hub", "gap.p12", "-certfile", "root.crt");
  run("pkcs12", "-export", "-nokeys", "-in", "hub.crt", "-out", "nokey.p12", "-passout", "pass:Zürich 1");
  run(
    "req",
    "-x509",
    "-new",
    "-nodes",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-keyout",
    "ec.key",
    "-out",
    "ec.crt",
    "-subj",
    "/CN=ec",
  );
  p12("ec", "ec.p12");
  run(
    "req",
    "-x509",
    "-new",
    "-nodes",
    "-newkey",
    "rsa:1024",
    "-keyout",
    "weak.key",
    "-out",
    "weak.crt",
    "-subj",
    "/CN=weak",
  );
  p12("weak", "weak.p12");
  expect(refusal(() => from12("hub.p12", "wrong"))).toBe("BUNDLE_PASSWORD");
  expect(refusal(() => from12("hub.p12", ""))).toBe("BUNDLE_PASSWORD");
  expect(refusal(() => from12("alone.p12"))).toBe("BUNDLE_CHAIN_INCOMPLETE");
  expect(refusal(() => from12("gap.p12"))).toBe("BUNDLE_CHAIN_INCOMPLETE");
  expect(refusal(() => from12("nokey.p12"))).toBe("BUNDLE_KEY_MISSING");
  expect(refusal(() => from12("ec.p12"))).toBe("BUNDLE_KEY_KIND");
  expect(refusal(() => from12("weak.p12"))).toBe("BUNDLE_KEY_KIND");
  expect(refusal(() => from12("hub.p12", "Zürich 1", now + 101 * DAY))).toBe("BUNDLE_EXPIRED");
  expect(refusal(() => from12("hub.p12", "Zürich 1", now - DAY))).toBe("BUNDLE_EXPIRED");
  expect(refusal(() => importPkcs12(bytes("hub.crt"), "", now))).toBe("BUNDLE_INVALID");
  expect(refusal(() => importPkcs12(new Uint8Array(2 ** 20 + 1), "", now))).toBe("BUNDLE_INVALID");
  expect(refusal(() => importPkcs7(bytes("hub.p12"), text("hub.key"), now))).toBe("BUNDLE_INVALID");
  expect(refusal(() => importPkcs7(bytes("hub.crt"), text("hub.key"), now))).toBe("BUNDLE_INVALID");
});

test("a self-signed certificate is its own chain", () => {
  run(
    "req",
    "-x509",
    "-new",
    "-nodes",
    "-newkey",
    "rsa:2048",
    "-keyout",
    "self.key",
    "-out",
    "self.crt",
    "-subj",
    "/CN=self",
    "-days",
    "10",
  );
  p12("self", "self.p12");
  expect(certificatesIn(from12("self.p12").chainPem)).toHaveLength(1);
});

test("damaged files are refused with a fault, never a crash", () => {
  const random = seededRandom("damaged bundles");
  const whole = bytes("hub.p12");
  const start = whole.length - 120; // the MAC is last: damage before it is found quickly and says nothing new
  for (let round = 0; round < 150; round++) {
    const copy = Uint8Array.from(whole);
    const at = round % 2 === 0 ? Math.floor(random.next() * 80) : start + Math.floor(random.next() * 120);
    copy[at] = Math.floor(random.next() * 256);
    expect(refusal(() => importPkcs12(copy, "Zürich 1", now))).toMatch(/^(accepted|BUNDLE_)/);
  }
});
