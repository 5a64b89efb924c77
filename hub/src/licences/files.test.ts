import { generateKeyPairSync } from "node:crypto";
import { isFault, OrgId } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { day } from "../testing/licence-office.ts";
import {
  readLicenceFile,
  replaces,
  validUntil,
  writeLicenceFile,
  type LicenceFacts,
} from "./licence-file.ts";
import {
  demandNewer,
  readSystemFile,
  SYSTEM_FILE_BYTES,
  writeSystemFile,
  type SystemFacts,
} from "./system-file.ts";

const pair = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const spki = (key: typeof pair) => key.publicKey.export({ type: "spki", format: "der" }).toString("base64");

const system: SystemFacts = {
  product: "VMS",
  systemId: "01890000-0000-7000-8000-000000000001",
  name: "Recorder in the basement",
  hardware: "RX-1",
  publicKey: spki(pair),
  softwareVersion: "6.4",
  counts: { CORE: 20, UNIVERSAL: 2 },
  createdAt: 1,
  sequence: 3,
};
const licence: LicenceFacts = {
  systemId: system.systemId,
  orgId: OrgId.parse("01890000-0000-7000-8000-00000000000a"),
  product: "VMS",
  serial: 1,
  answers: 3,
  entitlements: { CORE: 20 },
  issuedOn: day("2026-03-02"),
  validUntil: validUntil(day("2027-03-02")),
};

const faultOf = (work: () => unknown): unknown => {
  try {
    work();
    return null;
  } catch (error) {
    return isFault(error) ? error.code : error;
  }
};

test("L-71: a system file is what the system wrote, and only under the key that it names", () => {
  expect(readSystemFile(writeSystemFile(system, pair.privateKey))).toEqual({ kind: "system", facts: system });
  expect(faultOf(() => readSystemFile(writeSystemFile(system, other.privateKey)))).toBe(
    "SYSTEM_FILE_INVALID",
  );
  const strange = { ...system, sequence: 0 };
  expect(faultOf(() => readSystemFile(writeSystemFile(strange, pair.privateKey)))).toBe(
    "SYSTEM_FILE_INVALID",
  );
  for (const text of ["", "{}", "null", "7", "[]", '{"format":"fyr-system-file/1"}'])
    expect(faultOf(() => readSystemFile(text))).toBe("SYSTEM_FILE_INVALID");
  expect(faultOf(() => readSystemFile(" ".repeat(SYSTEM_FILE_BYTES + 1)))).toBe("MESSAGE_TOO_LARGE");
});

test("L-71: the first accepted file fixes the key; a sequence that is not above the last is stale", () => {
  const known = { publicKey: system.publicKey, sequence: 3 };
  expect(faultOf(() => demandNewer(system, null))).toBeNull();
  expect(faultOf(() => demandNewer({ ...system, sequence: 4 }, known))).toBeNull();
  for (const sequence of [1, 3])
    expect(faultOf(() => demandNewer({ ...system, sequence }, known))).toBe("SYSTEM_FILE_STALE");
  const stolen = { ...system, publicKey: spki(other), sequence: 9 };
  expect(faultOf(() => demandNewer(stolen, known))).toBe("SYSTEM_FILE_INVALID");
});

test("I-21: a flipped bit anywhere in either file fails verification", () => {
  const files = [
    [writeSystemFile(system, pair.privateKey), readSystemFile],
    [writeLicenceFile(licence, pair.privateKey), (text: string) => readLicenceFile(text, pair.publicKey)],
  ] as const;
  for (const [text, read] of files) {
    read(text);
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        expect(faultOf(() => read(flipped.toString("latin1")))).toBe("SYSTEM_FILE_INVALID");
      }),
      { numRuns: 500 },
    );
  }
});

test("L-73 I-21: a licence file is the hub's word, and an older answer never replaces a later one", () => {
  const text = writeLicenceFile(licence, pair.privateKey);
  expect(readLicenceFile(text, pair.publicKey)).toEqual(licence);
  expect(faultOf(() => readLicenceFile(text, other.publicKey))).toBe("SYSTEM_FILE_INVALID");
  expect(licence.validUntil).toBe("2027-04-01");
  expect(replaces(licence, null)).toBe(true);
  expect(replaces({ ...licence, answers: 2, serial: 9 }, licence)).toBe(false);
  expect(replaces(licence, licence)).toBe(false);
  expect(replaces({ ...licence, answers: 4, serial: 2 }, licence)).toBe(true);
  // L-75: what answers a file from before it gave its licences up is over for it.
  expect(replaces({ ...licence, answers: 4, serial: 2 }, licence, 4)).toBe(false);
  expect(replaces({ ...licence, answers: 5, serial: 2 }, null, 4)).toBe(true);
});
