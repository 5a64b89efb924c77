import { readNewest, type Repository } from "../images/repository.ts";
import { repositoryStatus, type RoleStatus } from "../images/status.ts";
import { inRed } from "./machine.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** A publisher is reminded this long before the list or the root runs out. */
const REMIND_MS = 30 * DAY_MS;

function life({ role, version, expiresMs }: RoleStatus, nowMs: number): string {
  if (expiresMs === null) return "not published yet";
  const leftMs = expiresMs - nowMs;
  const days = Math.floor(leftMs / DAY_MS);
  if (leftMs <= 0)
    return inRed(`version ${version}, EXPIRED on ${new Date(expiresMs).toISOString().slice(0, 10)}`);
  const text = `version ${version}, good for ${days === 0 ? "less than a day" : `${days} days`}`;
  return (role === "root" || role === "targets") && leftMs < REMIND_MS ? inRed(text) : text;
}

function roleLines(status: RoleStatus, nowMs: number): string[] {
  const { role, threshold, keyids, draftMissing } = status;
  return [
    `${role.padEnd(10)} ${life(status, nowMs)}; ${threshold} of ${keyids.length} key(s): ${keyids.map((id) => id.slice(0, 8)).join(", ")}`,
    ...(draftMissing === null
      ? []
      : [inRed(`           a draft waits for ${draftMissing} more signature(s)`)]),
  ];
}

/** A repository in words. */
export async function showRepository(repository: Repository, nowMs: number): Promise<string[]> {
  const status = await repositoryStatus(repository);
  const targets = await readNewest(repository, "targets");
  const images = Object.entries(targets?.signed.targets ?? {}).map(([path, { custom }]) => {
    const state = custom.withdrawn ? inRed("withdrawn ") : "";
    return `  ${path.slice(0, 64)}  ${state}${custom.version} for ${custom.models.join(", ")}`;
  });
  return [
    ...status.roles.flatMap((role) => roleLines(role, nowMs)),
    ...(status.singleSigner ? [inRed("One key alone can change what agents install.")] : []),
    `${status.images} image(s)`,
    ...images,
  ];
}
