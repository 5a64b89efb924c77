import { Fault } from "@fyr/protocol";
import { ROLES, type Role } from "./metadata.ts";
import { draftName, readFile, readNewest, type Repository } from "./repository.ts";
import { missingSignatures } from "./threshold.ts";

export interface RoleStatus {
  readonly role: Role;
  /** 0 when nothing has been published. */
  readonly version: number;
  readonly expiresMs: number | null;
  readonly threshold: number;
  readonly keyids: readonly string[];
  /** Signatures that a change waiting as a draft still needs; null when none waits. */
  readonly draftMissing: number | null;
}

export interface RepositoryStatus {
  readonly roles: readonly RoleStatus[];
  readonly images: number;
  /** One key alone can publish an image: right for one person, to be shown in red. */
  readonly singleSigner: boolean;
}

/** What there is in a repository, for people. @throws Fault `METADATA_MISSING` before it was started */
export async function repositoryStatus(repository: Repository): Promise<RepositoryStatus> {
  const newest = await readNewest(repository, "root");
  if (!newest) throw new Fault("METADATA_MISSING", { role: "root" });
  const { signed: root } = newest;
  const roles = await Promise.all(
    ROLES.map(async (role): Promise<RoleStatus> => {
      const file = await readNewest(repository, role);
      const isOffline = role === "root" || role === "targets";
      const draft = isOffline ? await readFile(repository, role, draftName(role)) : null;
      return {
        role,
        version: file?.signed.version ?? 0,
        expiresMs: file ? Date.parse(file.signed.expires) : null,
        threshold: root.roles[role].threshold,
        keyids: root.roles[role].keyids,
        draftMissing: draft && missingSignatures(root, role, draft),
      };
    }),
  );
  const targets = await readNewest(repository, "targets");
  return {
    roles,
    images: Object.keys(targets?.signed.targets ?? {}).length,
    singleSigner: root.roles.targets.threshold === 1 || root.roles.root.threshold === 1,
  };
}
