import { createHash } from "node:crypto";
import { CHAIN_START } from "@fyr/protocol";
import { expect, test } from "vitest";
import { breaksOf, START } from "../chain/chain.ts";
import { newOrg } from "../testing/records.ts";
import { auditBreaks, linkOfWritten, linkTo } from "./chain.ts";

const change = {
  ...{ orgId: newOrg(), at: 1_780_000_000_000, actor: "operator", action: "agent.revoked", object: "o" },
  after: { name: 'Ville "é"', left: undefined },
};

test("an entry is hashed as it always was, so that chains written before still hold", () => {
  const { hash, ...entry } = linkTo(START, change);
  const old = [CHAIN_START, 1, change.at, "operator", "agent.revoked", "o", null, { name: 'Ville "é"' }];
  expect(hash).toBe(createHash("sha256").update(JSON.stringify(old)).digest("hex"));
  expect(hash).toBe("9e738382741f6d56eb90f2afd2162612ce01f1e08c703b9f237330ce4b223b47");
  expect(auditBreaks([{ ...entry, hash }])).toEqual([]);
});

test.each<[string, { before?: string; after?: string }]>([
  ["a letter of an escape in the other case", { after: '{"name":"\\u001F","n":1}' }],
  ["a space that changes no value", { after: '{"name": "\\u001f","n":1}' }],
  ["a comma taken for the one between the two", { before: '[1],{"name":"\\u001f"', after: '"n":1}' }],
  ["text that is no JSON", { after: '{"name":' }],
])("what was changed is sealed byte by byte: %s shows", (_, text) => {
  const entry = linkTo(START, { ...change, before: [1], after: { name: "\u001f", n: 1 } });
  const written = { ...entry, before: "[1]", after: '{"name":"\\u001f","n":1}' };
  expect(breaksOf([linkOfWritten(written)])).toEqual([]);
  expect(breaksOf([linkOfWritten({ ...written, ...text })])).toEqual([{ seq: 1, why: "altered" }]);
});
