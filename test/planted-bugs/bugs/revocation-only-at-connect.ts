import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Whether a certificate still counts is asked once and remembered.",
  edits: [
    {
      file: "hub/src/enrolment/authenticate.ts",
      find: `  return async function authenticate(certificateSerial: string, graceMs = 0): Promise<AgentIdentity> {
    const standing = await store.standing(certificateSerial);`,
      replace: `  const known = new Map<string, Awaited<ReturnType<HubStore["standing"]>>>();
  return async function authenticate(certificateSerial: string, graceMs = 0): Promise<AgentIdentity> {
    const standing = known.get(certificateSerial) ?? (await store.standing(certificateSerial));
    known.set(certificateSerial, standing);`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/enrolment/enrolment.test.ts",
      name: "a revoked agent is cut off and refused from the next request on",
    },
  ],
};
