import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An agent may connect to the broker under the name of another, and throws that one off.",
  edits: [
    {
      file: "hub/src/mqtt/rules.ts",
      find: `  if (clientId !== agentId) return REFUSED.identifier;
`,
      replace: `  void [clientId, agentId];
`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/mqtt/broker.test.ts",
      name: "CONNECT with another agent's id is refused and harms nobody",
    },
  ],
};
