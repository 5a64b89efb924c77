import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memberOf, type Member } from "../access/member.ts";
import { codeOf } from "../testing/code-of.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { day } from "../testing/licence-office.ts";
import { FOUNDER } from "../testing/members.ts";
import { startOfDay } from "./civil-date.ts";
import { readLicenceFile } from "./licence-file.ts";
import { writeDeactivationFile, writeSystemFile, type SystemFacts } from "./system-file.ts";

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let hub: TestHub;
  let serial = 0;

  const newOrg = async (): Promise<Member> => {
    const { id } = await hub.services.createOrganisation(FOUNDER, { name: `org ${++serial}` });
    const membership = await opened.store.read.access.membership(id, FOUNDER.accountId);
    if (!membership) throw new Error("no member");
    return memberOf(FOUNDER, membership);
  };
  /** The software of a system without a network, as far as files go. */
  const newSystem = () => {
    const pair = generateKeyPairSync("ed25519");
    const publicKey = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const facts = {
      ...{ product: "VMS", systemId: hub.ports.ids.next(), name: "Basement", hardware: "PC-1", publicKey },
      ...{ softwareVersion: "6", counts: { CORE: 3 }, createdAt: 1 },
    } satisfies Omit<SystemFacts, "sequence">;
    const { product, systemId } = facts;
    return {
      systemId,
      file: (sequence: number) => writeSystemFile({ ...facts, sequence }, pair.privateKey),
      givenUp: (sequence: number, key = pair.privateKey) =>
        writeDeactivationFile({ product, systemId, publicKey, createdAt: 1, sequence }, key),
    };
  };
  const upload = (member: Member, file: string, preview = false) =>
    hub.services.licences.upload(member, file, preview, undefined);
  const buy = async (member: Member, qty: number): Promise<void> => {
    const { licences } = hub.services;
    const items = [{ type: "CORE", qty, termYears: 1 }];
    const wish = { kind: "subscription", product: "VMS", items, count: 1, batch: `b${++serial}` } as const;
    const { keys } = await licences.operator.issueKeys("operator", wish);
    await licences.start(member, "VMS", false, undefined);
    await licences.redeem(member, keys[0] ?? "", undefined);
    const years = [{ index: 0, items: { CORE: qty } }];
    await licences.allocate(member, { product: "VMS", years }, false, undefined);
  };
  /** A system that runs on a licence file for the three seats of its organisation, until 31 March 2027. */
  const running = async () => {
    const [member, system] = [await newOrg(), newSystem()];
    await upload(member, system.file(1));
    await buy(member, 3);
    await hub.services.licences.file(member, system.systemId);
    return { member, ...system };
  };

  describe.skipIf(!runs)("systems without a network", () => {
    beforeAll(async () => {
      opened = await open();
      hub = await testHub({ store: opened.store });
      await hub.clock.advance(startOfDay(day("2026-03-02")) - hub.clock.wall());
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });

    test(`${name}: L-71 L-72 L-73: one is previewed, registered, and answered with a signed file`, async () => {
      const [member, other, system] = [await newOrg(), await newOrg(), newSystem()];
      const { licences } = hub.services;
      expect(await upload(member, system.file(1), true)).toMatchObject({
        ...{ preview: true, deactivates: false, needBefore: {}, needAfter: { CORE: 3 } },
      });
      expect((await licences.systems(member)).items).toEqual([]);
      await upload(member, system.file(1));
      expect(await codeOf(upload(member, system.file(1)))).toBe("SYSTEM_FILE_STALE");
      expect(await codeOf(upload(other, system.file(2)))).toBe("SYSTEM_REGISTERED_ELSEWHERE");
      await buy(member, 3);
      const { text } = await licences.file(member, system.systemId);
      expect(readLicenceFile(text, createPublicKey(hub.ports.licenceFiles.publicKey))).toMatchObject({
        ...{ entitlements: { CORE: 3 }, serial: 1, answers: 1, orgId: member.orgId },
        validUntil: "2027-04-01",
      });
      expect(await codeOf(licences.file(other, system.systemId))).toBe("NOT_FOUND");
    });

    test(`${name}: L-71: of organisations that register one system at the same moment one does, and the others are told`, async () => {
      const system = newSystem();
      const members = await Promise.all(Array.from({ length: 6 }, newOrg));
      const codes = await Promise.all(members.map((member) => codeOf(upload(member, system.file(1)))));
      expect(codes.toSorted()).toEqual(
        [null, ...Array<string>(5).fill("SYSTEM_REGISTERED_ELSEWHERE")].toSorted(),
      );
    });

    test(`${name}: L-75: a deactivation file frees a system at once, after a look, and only under the system's own key`, async () => {
      const [{ member, systemId, file, givenUp }, other] = [await running(), await newOrg()];
      const { licences } = hub.services;
      expect(await upload(member, givenUp(2), true)).toMatchObject({
        ...{ preview: true, deactivates: true, needBefore: { CORE: 3 }, needAfter: {} },
      });
      expect((await licences.systems(member)).items).toHaveLength(1);
      expect(await codeOf(upload(other, givenUp(2)))).toBe("SYSTEM_REGISTERED_ELSEWHERE");
      expect(await codeOf(upload(other, newSystem().givenUp(2)))).toBe("NOT_FOUND");
      expect(await codeOf(upload(member, givenUp(1)))).toBe("SYSTEM_FILE_STALE");
      const stranger = generateKeyPairSync("ed25519").privateKey;
      expect(await codeOf(upload(member, givenUp(2, stranger)))).toBe("SYSTEM_FILE_INVALID");
      await upload(member, givenUp(2));
      expect((await licences.systems(member)).items).toEqual([]);
      expect(await codeOf(upload(member, givenUp(2)))).toBe("SYSTEM_FILE_STALE");
      expect(await codeOf(licences.file(member, systemId))).toBe("NOT_FOUND");
      expect(await upload(other, file(3))).toMatchObject({ deactivates: false, needAfter: { CORE: 3 } });
      expect(await codeOf(upload(member, file(4)))).toBe("SYSTEM_REGISTERED_ELSEWHERE");
      const audit = await hub.services.audit(member, { order: "oldest", limit: 500 } as never);
      expect(audit.items.map(({ action }) => action)).toContain("licence.system.deactivated");
    });

    test(`${name}: L-75: one that was removed by hand comes home at any time, and gives its licences up later`, async () => {
      const [{ member, systemId, file, givenUp }, other] = [await running(), await newOrg()];
      await hub.services.licences.remove(member, systemId, undefined);
      expect(await upload(member, file(2))).toMatchObject({ needBefore: {}, needAfter: { CORE: 3 } });
      await hub.services.licences.remove(member, systemId, undefined);
      expect(await upload(member, givenUp(3))).toMatchObject({ needBefore: {}, needAfter: {} });
      expect(await upload(other, file(4))).toMatchObject({ needAfter: { CORE: 3 } });
    });

    test(`${name}: L-75: without a deactivation file it is nobody else's before its licence file has ended`, async () => {
      const [{ member, systemId, file }, other] = [await running(), await newOrg()];
      expect(await hub.services.licences.remove(member, systemId, undefined)).toEqual({
        ...{ removed: systemId, boundUntil: "2027-03-31" },
      });
      expect(await codeOf(upload(other, file(2)))).toBe("SYSTEM_REGISTERED_ELSEWHERE");
      await hub.clock.advance(startOfDay(day("2027-03-31")) - hub.clock.wall());
      expect(await codeOf(upload(other, file(2)))).toBe("SYSTEM_REGISTERED_ELSEWHERE");
      await hub.clock.advance(startOfDay(day("2027-04-01")) - hub.clock.wall());
      expect(await upload(other, file(2))).toMatchObject({ needAfter: { CORE: 3 } });
    });
  });
});
