import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { isFault } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openssl, scratch } from "../../test/openssl.ts";
import { generateKey, spkiOf } from "./keys.ts";
import { derInside, toPem } from "./pem.ts";
import { createRequest, requestReader } from "./request.ts";

const { folder, file, remove } = scratch();
afterAll(remove);

const LABEL = "CERTIFICATE REQUEST";
const readRequest = await requestReader();
const key = generateKey();
const pem = await createRequest(key, "proof");
const der = derInside(pem, LABEL) ?? Buffer.alloc(0);

/** True when accepted, false when refused with the one fault; anything else is a crash. */
function accepts(text: string): boolean {
  try {
    readRequest(text);
    return true;
  } catch (error) {
    if (isFault(error, "ENROL_REQUEST_INVALID")) return false;
    throw error;
  }
}

test("a request brings its key and its challenge, and no name", async () => {
  const read = readRequest(pem);
  expect(Buffer.from(read.publicKeySpki)).toEqual(spkiOf(key));
  expect(read.keyHash).toBe(createHash("sha256").update(spkiOf(key)).digest("hex"));
  expect(read.challenge).toBe("proof");
  expect(readRequest(await createRequest(key)).challenge).toBeNull();
});

test("every flipped bit is refused: all of a request is under its signature or must be what it is", () => {
  for (let place = 0; place < der.length; place++) {
    const broken = Buffer.from(der);
    broken[place] = (broken[place] ?? 0) ^ (1 << (place % 8));
    expect(accepts(toPem(LABEL, broken)), `byte ${place}`).toBe(false);
  }
});

/** DER that has been cut, repeated, overwritten or given odd lengths. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat(der.length),
      cut: fc.nat(12),
      put: fc.uint8Array({ maxLength: 12 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce((bytes, { at, cut, put }) => {
      const place = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
    }, der),
  );

test("damaged and random bytes are refused with a fault, never a crash", () => {
  const runs = process.env["FYR_LONG"] === "1" ? 100_000 : 2_000;
  fc.assert(
    fc.property(damaged, (bytes) => {
      if (!bytes.equals(der)) expect(accepts(toPem(LABEL, bytes))).toBe(false);
    }),
    { numRuns: runs },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => !accepts(toPem(LABEL, bytes))),
    { numRuns: runs / 4 },
  );
});

test("deep nesting, size and foreign text are refused before they cost anything", () => {
  const nested = Buffer.from([
    ...Array<number>(1400)
      .fill(0x30)
      .flatMap((tag) => [tag, 0x80]),
  ]);
  const texts = [
    "",
    "x",
    pem + pem,
    pem.replaceAll(LABEL, "CERTIFICATE"),
    "A".repeat(5000),
    toPem(LABEL, nested),
  ];
  for (const text of [...texts, pem.replace("M", "!"), `${pem}trailing`, pem.repeat(10)]) {
    expect(accepts(text), text.slice(0, 40)).toBe(false);
  }
  expect(accepts(toPem(LABEL, Buffer.concat([der, Buffer.from([0])])))).toBe(false);
});

/** A request made by openssl, as a second maker and as the maker of what we refuse. */
function foreign(...args: string[]): string {
  const { ok, text } = openssl([
    "req",
    "-new",
    "-nodes",
    "-keyout",
    `${folder}/k`,
    "-subj",
    "/CN=x",
    ...args,
  ]);
  if (!ok) throw new Error(text);
  return text.slice(text.indexOf("-----BEGIN CERT"), text.indexOf("-----END CERT") + 33);
}

test("openssl's P-256 request is accepted, its RSA, P-384, SHA-1 and extension requests are not", () => {
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  expect(accepts(foreign(...ec))).toBe(true);
  expect(accepts(foreign(...ec, "-sha1"))).toBe(false);
  expect(accepts(foreign(...ec, "-addext", "subjectAltName=DNS:hub.example.com"))).toBe(false);
  expect(accepts(foreign("-newkey", "rsa:2048"))).toBe(false);
  expect(accepts(foreign("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"))).toBe(false);
  expect(accepts(foreign("-newkey", "ed25519"))).toBe(false);
});

test("whatever of a re-signed request we accept, openssl accepts too", () => {
  const random = seededRandom("re-signed requests");
  let accepted = 0;
  const rounds = process.env["FYR_LONG"] === "1" ? 8_000 : 400;
  for (let round = 0; round < rounds; round++) {
    const bytes = resigned(Buffer.from(random.bytes(2)), key);
    const text = toPem(LABEL, bytes);
    if (!accepts(text)) continue;
    accepted++;
    const verdict = openssl(["req", "-verify", "-noout", "-in", file("resigned.csr", text)]);
    expect(verdict.ok, `${verdict.text}${text}`).toBe(true);
  }
  expect(accepted).toBeGreaterThan(5);
});

/** The request with one byte of its signed part changed and a signature that fits again. */
function resigned([at = 0, value = 0]: Buffer, signer: KeyObject): Buffer {
  const header = der[1] === 0x81 ? 3 : 4;
  const innerEnd = header + 3 + (der[header + 2] ?? 0);
  const inner = Buffer.from(der.subarray(header, innerEnd));
  inner[at % inner.length] = value;
  const algorithm = der.subarray(innerEnd, innerEnd + 12);
  const signature = sign("sha256", inner, signer);
  const bits = Buffer.concat([Buffer.from([0x03, signature.length + 1, 0]), signature]);
  const body = Buffer.concat([inner, algorithm, bits]);
  return Buffer.concat([Buffer.from([0x30, 0x81, body.length]), body]);
}

test("a key of another kind under a good signature is refused", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  await expect(createRequest(privateKey, "x")).rejects.toThrow();
});
