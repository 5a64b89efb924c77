import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Whoever holds the link of an invitation is let in, whatever their address.",
  edits: [
    {
      file: "hub/src/invitations/accept.ts",
      find: `      await demandInvited(stores, person, opened.invitation);
`,
      replace: "",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/invitations/invitations.test.ts",
      name: "invitations on SQLite > a service > A-37: another account is refused, told which address was invited, and the invitation stays open",
    },
  ],
};
