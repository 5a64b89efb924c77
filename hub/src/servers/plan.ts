import { createHash } from "node:crypto";
import type { ImageFacts } from "@fyr/certs";
import { Fault, isTerminal, TaskId, type Digest, type NewServerUpgrade, type UpgradeId } from "@fyr/protocol";
import { move } from "../upgrades/move.ts";
import { defaultDeadline, freshTask } from "../upgrades/plan.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { ROOM_MS } from "../upgrades/windows.ts";
import { openings } from "./local-window.ts";
import { packageRefusal, recommendPackage } from "./recommend.ts";
import { versionOf, type ServerRecord } from "./server.ts";

export interface ServerPlanFacts {
  readonly now: number;
  readonly upgradeId: UpgradeId;
  readonly newId: () => string;
  readonly image: (digest: Digest) => ImageFacts | null;
  readonly images: readonly ImageFacts[];
  /** The server's task that has not ended. */
  readonly open: TaskRecord | null;
}

export interface ServerPlan {
  readonly task: TaskRecord;
  /** A request in the queue that the new one takes the place of. */
  readonly superseded: { readonly before: TaskRecord; readonly after: TaskRecord } | null;
}

/**
 * Plans a server's upgrade.
 *
 * @throws Fault SERVER_REGISTERED_ELSEWHERE, SERVER_VERSION_UNKNOWN, PACKAGE_WRONG_PRODUCT, IMAGE_UNKNOWN,
 * IMAGE_WITHDRAWN, IMAGE_DOWNGRADE, IMAGE_PATH_BLOCKED, UPGRADE_AT_TARGET, UPGRADE_ACTIVE, SERVER_CLAIMED,
 * WINDOW_TOO_SHORT, DEADLINE_PASSED
 */
export function planServerUpgrade(
  server: ServerRecord,
  wish: NewServerUpgrade,
  facts: ServerPlanFacts,
): ServerPlan {
  const { now } = facts;
  if (server.state === "elsewhere") throw new Fault("SERVER_REGISTERED_ELSEWHERE");
  const image = packageFor(server, wish, facts);
  const fromVersion = versionOf(server);
  if (fromVersion === null) throw new Fault("SERVER_VERSION_UNKNOWN");
  const deadline = wish.deadline ?? defaultDeadline(now);
  if (deadline <= now) throw new Fault("DEADLINE_PASSED");
  const superseded = facts.open ? replaced(facts.open, image.digest, now) : null;
  const { orgId, id, agentId } = server;
  const { uid, product } = server.facts;
  const task = freshTask({
    ...{ orgId, id: TaskId.parse(facts.newId()), upgradeId: facts.upgradeId, agentId, model: product },
    // The table of tasks knows what it is about by one id, whichever kind it is.
    ...{ deviceId: id as unknown as TaskRecord["deviceId"], serial: "" as TaskRecord["serial"], server: uid },
    ...{ fromVersion, image, backup: "required", windows: windowsOf(wish, now, deadline), deadline, now },
    dedupe: createHash("sha256").update(`${orgId} ${uid} ${image.digest}`).digest("hex"),
  });
  return { task, superseded };
}

function packageFor(server: ServerRecord, { digest }: NewServerUpgrade, facts: ServerPlanFacts): ImageFacts {
  const wanted = digest ?? recommendPackage(facts.images, server)?.digest;
  if (wanted === undefined)
    throw new Fault(versionOf(server) === null ? "SERVER_VERSION_UNKNOWN" : "UPGRADE_AT_TARGET");
  const image = facts.image(wanted);
  if (!image) throw new Fault("IMAGE_UNKNOWN", { digest: wanted });
  const reason = packageRefusal(image, server);
  if (reason !== null) throw new Fault(reason, { digest: wanted });
  return image;
}

/** One that waits and wants another package gives way; one that an agent has does not. */
function replaced(open: TaskRecord, digest: Digest, now: number): NonNullable<ServerPlan["superseded"]> {
  if (open.jobOpen) throw new Fault("SERVER_CLAIMED", { phase: open.phase });
  const after = move(open, "supersede", now);
  if (open.digest === digest || !isTerminal(after.phase)) throw new Fault("UPGRADE_ACTIVE");
  return { before: open, after: { ...after, changedAt: now } };
}

function windowsOf({ window }: NewServerUpgrade, now: number, deadline: number): TaskRecord["windows"] {
  if (!window) return [];
  const roomy = openings(window, now, deadline).filter(
    ({ opensAt, closesAt }) => closesAt - Math.max(opensAt, now) >= ROOM_MS,
  );
  if (roomy.length === 0) throw new Fault("WINDOW_TOO_SHORT", { needsMinutes: ROOM_MS / 60_000 });
  return roomy;
}
