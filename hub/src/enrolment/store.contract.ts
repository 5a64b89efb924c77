import { expect, test } from "vitest";
import { newOrg, slotRecord } from "../testing/records.ts";
import { isTaken } from "../store/errors.ts";
import type { HubStore } from "../store/store.ts";
import type { CertificateRecord, Slot } from "./store.ts";

let made = 0;

export function enrolmentStoreContract(name: string, stores: () => HubStore): void {
  const insert = async (facts: Partial<Slot> = {}) => {
    const slot = slotRecord(facts);
    await stores().write(({ enrolment }) => enrolment.insertSlot(slot));
    return slot;
  };
  const certificate = (
    { orgId, agentId }: Slot,
    facts: Partial<CertificateRecord> = {},
  ): CertificateRecord => ({
    ...{ orgId, agentId, serial: `serial ${++made}`, keyHash: `key ${made}`, chain: "PEM" },
    ...{ notBefore: 1, notAfter: 1_000, issuedAt: 5, firstUsedAt: null, revokedAt: null },
    ...facts,
  });
  const keep = (record: CertificateRecord) =>
    stores().write(({ enrolment }) => enrolment.insertCertificate(record));

  test(`${name}: a slot is found by its code, and by its agent in its own organisation alone`, async () => {
    const slot = await insert();
    const { enrolment } = stores().read;
    expect(await enrolment.slotOfCode(slot.codeId)).toEqual(slot);
    expect(await enrolment.slot(slot.orgId, slot.agentId)).toEqual(slot);
    expect(await enrolment.slot(newOrg(), slot.agentId)).toBeNull();
  });

  test(`${name}: of many keys at once one claims a slot, and one fills it`, async () => {
    const slot = await insert();
    const keys = Array.from({ length: 10 }, (_, n) => `claimant ${n}`);
    const claims = await Promise.all(
      keys.map((key) => stores().write(({ enrolment }) => enrolment.claim(slot, key, 100, 40))),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
    const winner = keys[claims.indexOf(true)]!;
    const fills = await Promise.all(
      [...keys, winner].map((key) =>
        stores().write(({ enrolment }) => enrolment.fill(slot, key, "host", 110)),
      ),
    );
    expect(fills.filter(Boolean)).toHaveLength(1);
    const after = await stores().read.enrolment.slotOfCode(slot.codeId);
    expect(after).toMatchObject({ state: "enrolled", codeUsedAt: 110, claimedBy: winner, hostName: "host" });
  });

  test(`${name}: a claim that nobody finished goes to another key in time, not before`, async () => {
    const slot = await insert();
    const claim = (key: string, now: number) =>
      stores().write(({ enrolment }) => enrolment.claim(slot, key, now, now - 60));
    expect(await claim("first", 100)).toBe(true);
    expect(await claim("first", 110)).toBe(true);
    expect(await claim("second", 169)).toBe(false);
    expect(await claim("second", 171)).toBe(true);
    expect(await stores().write(({ enrolment }) => enrolment.fill(slot, "first", "host", 172))).toBe(false);
  });

  test(`${name}: a key is certified once, in whatever organisation`, async () => {
    const [mine, theirs] = [await insert(), await insert()];
    const first = certificate(mine);
    await keep(first);
    const again = keep(certificate(theirs, { keyHash: first.keyHash }));
    expect(isTaken(await again.catch((error: unknown) => error))).toBe(true);
    expect(await stores().read.enrolment.certificateOfKey(first.keyHash)).toEqual(first);
  });

  test(`${name}: the first use of a new certificate ends the others of that agent, once`, async () => {
    const [slot, other] = [await insert(), await insert()];
    const [old, renewed, foreign] = [certificate(slot), certificate(slot), certificate(other)];
    for (const record of [old, renewed, foreign]) await keep(record);
    const use = () =>
      stores().write(({ enrolment }) => enrolment.firstUse(slot.orgId, slot.agentId, renewed.serial, 50));
    expect([await use(), await use()]).toEqual([true, false]);
    expect(await stores().standing(old.serial)).toMatchObject({ revokedAt: 50 });
    expect(await stores().standing(renewed.serial)).toMatchObject({
      revokedAt: null,
      firstUsedAt: 50,
      orgId: slot.orgId,
    });
    expect(await stores().standing(foreign.serial)).toMatchObject({ revokedAt: null, firstUsedAt: null });
    expect(await stores().standing("nobody's")).toBeNull();
  });

  test(`${name}: revoking takes every certificate of one agent, and a slot once`, async () => {
    const slot = await insert();
    const [a, b] = [certificate(slot), certificate(slot)];
    for (const record of [a, b]) await keep(record);
    const revoke = () =>
      stores().write(async ({ enrolment }) => {
        await enrolment.revokeCertificates(slot.orgId, slot.agentId, 70);
        return enrolment.revokeSlot(slot.orgId, slot.agentId);
      });
    expect([await revoke(), await revoke()]).toEqual([true, false]);
    for (const { serial } of [a, b]) expect(await stores().standing(serial)).toMatchObject({ revokedAt: 70 });
    const claim = stores().write(({ enrolment }) => enrolment.claim(slot, "late", 80, 0));
    expect(await claim).toBe(false);
  });
}
