import type { SignedDocument } from "@fyr/protocol";
import type { Role, RootSigned } from "./metadata.ts";
import { isSignedBy, publicKeyOf } from "./signing-key.ts";

/** How many more keys of `role`, as `root` lists them, have to sign before the file counts. */
export function missingSignatures(
  root: RootSigned,
  role: Role,
  { signed, signatures }: SignedDocument,
): number {
  const { keyids, threshold } = root.roles[role];
  const valid = keyids.filter((id) => {
    const key = root.keys[id];
    return (
      key && signatures.some(({ keyid, sig }) => keyid === id && isSignedBy(publicKeyOf(key), signed, sig))
    );
  });
  return Math.max(0, threshold - valid.length);
}
