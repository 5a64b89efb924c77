import { Fault } from "@fyr/protocol";
import { signAndKeep, type Publication } from "./draft.ts";
import { imagePath, type ImageFacts } from "./facts.ts";
import { head, targetOf, type TargetsSigned } from "./metadata.ts";
import { draftName, readFile, readNewest, type Repository } from "./repository.ts";
import { rolesIn, rootOf, type AllRoles } from "./root.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * Starts a repository: version 1 of root, and an empty list of images.
 *
 * @throws Fault `METADATA_INVALID` when there is one already, or thresholds cannot be reached
 */
export async function initRepository(
  repository: Repository,
  roles: AllRoles,
  signers: readonly SigningKey[],
  nowMs: number,
): Promise<Publication[]> {
  if (await readNewest(repository, "root"))
    throw new Fault("METADATA_INVALID", { reason: "there is a repository already" });
  const root = await signAndKeep(repository, rootOf(roles, 1, nowMs), [], signers);
  if (root.state === "draft") return [root];
  return [root, await changeTargets(repository, (targets) => targets, signers, nowMs)];
}

type Targets = TargetsSigned["targets"];

/** The next list of images: what waits as a draft is built upon, its signatures are not worth anything any more. */
async function changeTargets(
  repository: Repository,
  change: (targets: Targets) => Targets,
  signers: readonly SigningKey[],
  nowMs: number,
): Promise<Publication> {
  const published = await readNewest(repository, "targets");
  const draft = await readFile(repository, "targets", draftName("targets"));
  const before = draft?.signed ?? published?.signed;
  const version = (published?.signed.version ?? 0) + 1;
  const signed: TargetsSigned = {
    ...head("targets", version, nowMs),
    targets: change(before?.targets ?? {}),
  };
  return signAndKeep(repository, signed, [], signers);
}

/**
 * Lists images. Facts of an image that is listed already are replaced.
 *
 * @throws Fault `PUBLISHER_KEY_MISSING` when none of `signers` may speak for the list
 */
export const addImages = (
  repository: Repository,
  images: readonly ImageFacts[],
  signers: readonly SigningKey[],
  nowMs: number,
): Promise<Publication> =>
  changeTargets(
    repository,
    (targets) => ({ ...targets, ...Object.fromEntries(images.map(targetOf)) }),
    signers,
    nowMs,
  );

/**
 * Marks images as withdrawn. They stay listed, so that those who have them learn it.
 *
 * @throws Fault `IMAGE_UNKNOWN` when one is not listed
 */
export const withdraw = (
  repository: Repository,
  digests: readonly string[],
  signers: readonly SigningKey[],
  nowMs: number,
): Promise<Publication> =>
  changeTargets(
    repository,
    (targets) => {
      const withdrawn = digests.map((digest) => {
        const target = targets[imagePath(digest)];
        if (!target) throw new Fault("IMAGE_UNKNOWN", { digest });
        return [imagePath(digest), { ...target, custom: { ...target.custom, withdrawn: true } }] as const;
      });
      return { ...targets, ...Object.fromEntries(withdrawn) };
    },
    signers,
    nowMs,
  );

/** Says the same again for another 90 days. */
export const resign = (
  repository: Repository,
  signers: readonly SigningKey[],
  nowMs: number,
): Promise<Publication> => changeTargets(repository, (targets) => targets, signers, nowMs);

/**
 * The next root: other keys or thresholds for the roles that are named, another 12 months for all. Has to be signed
 * by enough keys of the old root and of the new one.
 */
export async function rotateRootKeys(
  repository: Repository,
  changes: Partial<AllRoles>,
  signers: readonly SigningKey[],
  nowMs: number,
): Promise<Publication> {
  const newest = await readNewest(repository, "root");
  if (!newest) throw new Fault("METADATA_MISSING", { role: "root" });
  const { signed } = newest;
  const roles = { ...rolesIn(signed), ...changes };
  return signAndKeep(repository, rootOf(roles, signed.version + 1, nowMs), [], signers);
}
