import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A book that was read before is taken for what is stored.",
  edits: [
    {
      file: "hub/src/licences/command.ts",
      find: "  let before = await stores.licences.book(orgId, sinceOf(terms.today));",
      replace: `  const kept = ((globalThis as { books?: Map<string, Book> }).books ??= new Map());
  let before = kept.get(\`\${orgId} \${terms.now}\`) ?? (await stores.licences.book(orgId, sinceOf(terms.today)));
  kept.set(\`\${orgId} \${terms.now}\`, before);`,
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-22" }],
};
