import { FOUNDER, ownerOf } from "../testing/members.ts";
import { fakeAgentCa, fakeAgentKeys, readFakeCertificate } from "@fyr/certs/testing";
import { WIRE_VERSION, type EnrolRequest, type OrgId } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { describe, expect, test } from "vitest";
import { CHANNEL, enrolRequest, testHub, testSite, type TestHub } from "../testing.ts";
import { testDatabases } from "../testing/databases.ts";

const DAY = 24 * 3_600_000;

async function invited(hub: TestHub): Promise<{ orgId: OrgId; code: string }> {
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const { code } = await hub.services.createAgent(ownerOf(orgId), { name: "north" });
  return { orgId, code };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

const serialIn = (chain: string): string => readFakeCertificate(chain).serial;

test("a code makes one identity, and is nowhere to be read afterwards", async () => {
  const hub = await testHub();
  const { orgId, code } = await invited(hub);
  const enrolment = await hub.door.enrol(await enrolRequest(hub, code), CHANNEL);
  expect(enrolment).toMatchObject({ orgId, syncUrl: "https://hub.test:8444", root: "root" });
  const life = 30 * DAY;
  expect(enrolment.renewInMs).toBeGreaterThan(life / 4);
  expect(enrolment.renewInMs).toBeLessThan(life / 2);
  const identity = await hub.door.authenticate(serialIn(enrolment.chain));
  expect(identity).toMatchObject({ orgId, agentId: enrolment.agentId });
  const [agent] = (await hub.services.agents(ownerOf(orgId), { limit: 5 })).items;
  expect(agent).toMatchObject({
    state: "enrolled",
    certificateUntil: readFakeCertificate(enrolment.chain).notAfterMs,
  });
  const { items } = await hub.services.audit(ownerOf(orgId), { limit: 10 });
  expect(JSON.stringify(items)).not.toContain(code);
  expect(items.map(({ action }) => action)).toEqual([
    "organisation.created",
    "agent.invited",
    "agent.enrolled",
  ]);
  await hub.close();
});

test("each wrong proof is refused, and the code stays good", async () => {
  const hub = await testHub();
  const { orgId, code } = await invited(hub);
  const { code: other } = await hub.services.createAgent(ownerOf(orgId), { name: "south" });
  const [mine, theirs] = [await enrolRequest(hub, code), await enrolRequest(hub, other)];
  const keys = fakeAgentKeys(seededRandom("no code"));
  const bare = await keys.request(keys.create().keyPem);
  const wrong: [EnrolRequest, Uint8Array, string][] = [
    [mine, Buffer.from("another connection"), "ENROL_CODE_INVALID"],
    [{ ...mine, codeId: theirs.codeId }, CHANNEL, "ENROL_CODE_INVALID"],
    [{ ...mine, codeId: "0".repeat(32) }, CHANNEL, "ENROL_CODE_INVALID"],
    [{ ...mine, request: bare }, CHANNEL, "ENROL_CODE_INVALID"],
    [{ ...mine, request: "nonsense" }, CHANNEL, "ENROL_REQUEST_INVALID"],
  ];
  for (const [request, channel, code] of wrong)
    expect(await codeOf(hub.door.enrol(request, channel))).toBe(code);
  expect(await codeOf(hub.door.enrol(mine, CHANNEL))).toBe("done");
  await hub.close();
});

test("a code ends with its day, its use, and its agent's revocation", async () => {
  const hub = await testHub();
  const first = await invited(hub);
  await hub.clock.advance(DAY);
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, first.code), CHANNEL))).toBe(
    "ENROL_CODE_EXPIRED",
  );
  const used = await invited(hub);
  await hub.door.enrol(await enrolRequest(hub, used.code), CHANNEL);
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, used.code, "another key"), CHANNEL))).toBe(
    "ENROL_CODE_USED",
  );
  const dead = await invited(hub);
  const { items } = await hub.services.agents(ownerOf(dead.orgId), { limit: 1 });
  await hub.services.revokeAgent(ownerOf(dead.orgId), items[0]!.id);
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, dead.code), CHANNEL))).toBe("ENROL_CODE_USED");
  await hub.close();
});

test("an agent whose answer was lost asks again and gets the same certificate", async () => {
  const hub = await testHub();
  const { orgId, code } = await invited(hub);
  const request = await enrolRequest(hub, code);
  const first = await hub.door.enrol(request, CHANNEL);
  const again = await hub.door.enrol(request, CHANNEL);
  expect(again.chain).toBe(first.chain);
  expect((await hub.services.audit(ownerOf(orgId), { limit: 10 })).items).toHaveLength(3);
  await hub.clock.advance(DAY);
  expect(await codeOf(hub.door.enrol(request, CHANNEL))).toBe("ENROL_CODE_USED");
  await hub.close();
});

test("a key that was ever certified makes no second identity", async () => {
  const hub = await testHub();
  const [one, two] = [await invited(hub), await invited(hub)];
  await hub.door.enrol(await enrolRequest(hub, one.code, "one key"), CHANNEL);
  const stolen = await enrolRequest(hub, two.code, "one key");
  expect(await codeOf(hub.door.enrol(stolen, CHANNEL))).toBe("ENROL_KEY_KNOWN");
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, two.code), CHANNEL))).toBe("done");
  await hub.close();
});

test("a hub that crashed between claim and certificate leaves nothing that a minute does not mend", async () => {
  let crash = true;
  const ca = fakeAgentCa(seededRandom("crash"));
  const issue: typeof ca.issue = (...args) =>
    crash ? Promise.reject(new Error("the process ended")) : ca.issue(...args);
  const hub = await testHub({ ports: { ca: { ...ca, issue } } });
  const { code } = await invited(hub);
  await expect(hub.door.enrol(await enrolRequest(hub, code, "first"), CHANNEL)).rejects.toThrow(
    "the process ended",
  );
  crash = false;
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, code, "second"), CHANNEL))).toBe(
    "ENROL_CODE_USED",
  );
  await hub.clock.advance(61_000);
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, code, "second"), CHANNEL))).toBe("done");
  expect(await codeOf(hub.door.enrol(await enrolRequest(hub, code, "first"), CHANNEL))).toBe(
    "ENROL_CODE_USED",
  );
  await hub.close();
});

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  test.skipIf(!runs)(
    "used twice at once, by one key or by two, a code makes exactly one certificate",
    async () => {
      const { store, drop } = await open();
      const hub = await testHub({ store });
      for (let round = 0; round < 20; round++) {
        const { orgId, code } = await invited(hub);
        const second = round % 2 ? code : `other key ${round}`;
        const requests = [await enrolRequest(hub, code), await enrolRequest(hub, code, second)];
        const answers = await Promise.allSettled(requests.map((request) => hub.door.enrol(request, CHANNEL)));
        const chains = answers.flatMap((answer) =>
          answer.status === "fulfilled" ? [answer.value.chain] : [],
        );
        expect(new Set(chains).size).toBe(1);
        expect(chains).toHaveLength(round % 2 ? 2 : 1);
        const { items } = await hub.services.audit(ownerOf(orgId), { limit: 10 });
        expect(items.filter(({ action }) => action === "agent.enrolled")).toHaveLength(1);
      }
      await hub.stop();
      await drop();
    },
  );
});

async function renewed(hub: TestHub, identity: Parameters<TestHub["door"]["renew"]>[0], seed = "renewal") {
  const keys = fakeAgentKeys(seededRandom(seed));
  const request = { wire: WIRE_VERSION, request: await keys.request(keys.create().keyPem) } as const;
  return { request, answer: await hub.door.renew(identity, request) };
}

test("after a renewal the old certificate counts until the new one is used", async () => {
  const hub = await testHub();
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const { identity } = await testSite(hub, orgId);
  const { request, answer } = await renewed(hub, identity);
  expect((await hub.door.renew(identity, request)).chain, "asked twice, answered alike").toBe(answer.chain);
  expect(await hub.door.authenticate(identity.certificateSerial)).toEqual(identity);
  const next = await hub.door.authenticate(serialIn(answer.chain));
  expect(next.agentId).toBe(identity.agentId);
  expect(await codeOf(hub.door.authenticate(identity.certificateSerial))).toBe("CERTIFICATE_REVOKED");
  expect(await codeOf(hub.door.authenticate(serialIn(answer.chain)))).toBe("done");
  await hub.close();
});

test("a renewal needs a key that nobody used, and an agent that still counts", async () => {
  const hub = await testHub();
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const [one, two] = [await testSite(hub, orgId, "one"), await testSite(hub, orgId, "two")];
  await renewed(hub, one.identity, "a key");
  expect(await codeOf(renewed(hub, two.identity, "a key"))).toBe("ENROL_KEY_KNOWN");
  await hub.services.revokeAgent(ownerOf(orgId), one.identity.agentId);
  expect(await codeOf(renewed(hub, one.identity, "b key"))).toBe("CERTIFICATE_REVOKED");
  await hub.close();
});

test("a revoked agent is cut off and refused from the next request on", async () => {
  const hub = await testHub();
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const { identity } = await testSite(hub, orgId);
  const { answer } = await renewed(hub, identity);
  const revoke = () => hub.services.revokeAgent(ownerOf(orgId), identity.agentId);
  expect(await revoke()).toMatchObject({ state: "revoked", online: false, certificateUntil: null });
  expect(await revoke()).toMatchObject({ state: "revoked" });
  expect(hub.cut).toContain(identity.agentId);
  for (const serial of [identity.certificateSerial, serialIn(answer.chain)]) {
    expect(await codeOf(hub.door.authenticate(serial))).toBe("CERTIFICATE_REVOKED");
  }
  const { items } = await hub.services.audit(ownerOf(orgId), { limit: 20 });
  expect(items.filter(({ action }) => action === "agent.revoked")).toHaveLength(1);
  await hub.close();
});

test("a certificate ends with its time; only a renewal may come later, and an unknown one never", async () => {
  const hub = await testHub();
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const { identity } = await testSite(hub, orgId);
  hub.clock.jumpWall(30 * DAY);
  const serial = identity.certificateSerial;
  expect(await codeOf(hub.door.authenticate(serial))).toBe("CERTIFICATE_EXPIRED");
  expect(await hub.door.authenticate(serial, DAY)).toEqual(identity);
  hub.clock.jumpWall(DAY);
  expect(await codeOf(hub.door.authenticate(serial, DAY))).toBe("CERTIFICATE_EXPIRED");
  expect(await codeOf(hub.door.authenticate("f".repeat(32)))).toBe("CERTIFICATE_UNKNOWN");
  await hub.close();
});
