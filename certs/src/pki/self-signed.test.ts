import { X509Certificate } from "node:crypto";
import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import { generateKey, spkiOf } from "./keys.ts";
import { selfSigned } from "./self-signed.ts";

test("a self-signed certificate proves its own key and names its host", async () => {
  const key = generateKey();
  const pem = await selfSigned({
    key,
    commonName: "axis-accc8e012345",
    address: "127.0.0.9",
    lifeMs: 86_400_000,
    random: seededRandom("self-signed"),
    nowMs: Date.UTC(2026, 0, 1),
  });
  const certificate = new X509Certificate(pem);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.publicKey.export({ type: "spki", format: "der" })).toEqual(spkiOf(key));
  expect(certificate.checkIP("127.0.0.9")).toBe("127.0.0.9");
  expect(certificate.checkHost("axis-accc8e012345")).toBe("axis-accc8e012345");
  expect(certificate.ca).toBe(false);
});
