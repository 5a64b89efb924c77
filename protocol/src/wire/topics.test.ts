import fc from "fast-check";
import { expect, test } from "vitest";
import { AgentId, TOPIC_KINDS, readTopic, topic } from "../index.ts";

const agentId = AgentId.parse("0190a0b0-0000-7000-8000-000000000001");

test("a topic names its agent and kind", () => {
  for (const kind of TOPIC_KINDS) expect(readTopic(topic(agentId, kind))).toEqual({ agentId, kind });
});

test("nothing else is a topic of ours: no wildcard, no other tree, no extra level", () => {
  for (const kind of TOPIC_KINDS) {
    const name = topic(agentId, kind);
    for (const other of [
      `${name}/x`,
      `/${name}`,
      name.replace("fyr", "$SYS"),
      `${name}#`,
      "fyr/1/+/ring",
      "#",
    ])
      expect(readTopic(other)).toBeNull();
  }
  fc.assert(fc.property(fc.string(), (name) => readTopic(name) === null));
});
