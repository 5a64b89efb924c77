import { AgentId, OrgId } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import { fakeAgentCa, fakeAgentKeys, readFakeCertificate } from "./fake-ca.ts";

const name = {
  orgId: OrgId.parse("01890000-0000-7000-8000-00000000000a"),
  agentId: AgentId.parse("01890000-0000-7000-8000-00000000000b"),
};

async function enrol(seed: string) {
  const keys = fakeAgentKeys(seededRandom(`${seed}/keys`));
  const ca = fakeAgentCa(seededRandom(`${seed}/ca`));
  const request = await ca.read(await keys.request(keys.create().keyPem, "proof"));
  return { request, issued: await ca.issue(request, name, 1_000_000_000_000) };
}

test("the fake authority repeats itself from its seed and says what a real one says", async () => {
  const { request, issued } = await enrol("one");
  expect(await enrol("one")).toEqual({ request, issued });
  expect((await enrol("two")).issued.serial).not.toBe(issued.serial);
  expect(request.challenge).toBe("proof");
  expect(readFakeCertificate(issued.chainPem)).toMatchObject({ ...name, keyHash: request.keyHash });
});

test("the fake authority refuses what is not signed by its key", async () => {
  const ca = fakeAgentCa(seededRandom("ca"));
  await expect(ca.read("nonsense")).rejects.toThrow("ENROL_REQUEST_INVALID");
});
