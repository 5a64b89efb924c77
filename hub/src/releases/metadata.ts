import { join } from "node:path";
import {
  refreshOnline,
  resign,
  rotateRootKeys,
  updateMetadata,
  type ImageFacts,
  type ImageIndex,
  type Refreshed,
  type Repository,
  type SigningKey,
} from "@fyr/certs";
import { check, Fault, isFault, SignedDocument } from "@fyr/protocol";
import type { Clock, Files, Logger } from "@fyr/runtime";
import type { Releases } from "../ports.ts";
import { writing } from "./disk-fault.ts";
import { overlay } from "./overlay.ts";
import { createTurns } from "./turns.ts";

/** The keys that this hub holds. Root and targets are null where publishers keep them offline. */
export interface ReleaseKeys {
  readonly root: SigningKey | null;
  readonly targets: SigningKey | null;
  /** Speaks for snapshot and timestamp. */
  readonly online: SigningKey;
}

export interface MetadataPorts {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Logger;
  readonly folder: string;
  readonly keys: ReleaseKeys;
}

/** The repository of image metadata that this hub serves. */
export interface ServedMetadata {
  images(): ImageIndex;
  /** The first root: what an agent is given at enrolment. */
  firstRoot(): SignedDocument;
  /** @throws Fault METADATA_MISSING */
  file(name: string): Promise<Uint8Array>;
  /**
   * Changes the repository by `change`, all or nothing: the outcome is published online, judged as an agent would
   * judge it, and only then written.
   *
   * @throws Fault METADATA_* when agents would refuse the outcome, PUBLISHER_KEY_MISSING when it lacks signatures
   */
  change(change: (repository: Repository) => Promise<unknown>): Promise<void>;
  /** Says again what is newest, and signs anew what is about to expire as far as the keys here allow. */
  refresh(): Promise<{ readonly dueMs: number }>;
}

const FIRST_ROOT = "1.root.json";
const LAST_WRITTEN = "timestamp.json";
const DAY_MS = 24 * 60 * 60 * 1000;
/** What people sign lives for months; where the hub holds their keys it signs again this long before the end. */
const RESIGN_BEFORE_MS = 30 * DAY_MS;

/** What an agent that starts from the first root would hold for true at `nowMs`. */
const judgeAsAgent = ({ files, folder }: Repository, firstRoot: Uint8Array, nowMs: number) =>
  updateMetadata(
    { root: firstRoot, timestamp: null, snapshot: null, targets: null },
    (name) => files.read(join(folder, name)),
    nowMs,
  );

const refuseExpired = async (_disk: Files, fault: Fault): Promise<never> => {
  throw fault;
};

const parseDocument = (bytes: Uint8Array): SignedDocument =>
  check(SignedDocument, JSON.parse(Buffer.from(bytes).toString("utf8")));

/**
 * Opens the repository in `folder` and brings it up to date.
 *
 * @throws Fault METADATA_MISSING before `hub init` made one
 */
export async function openServedMetadata(ports: MetadataPorts): Promise<ServedMetadata> {
  const { files, clock, folder, keys, log } = ports;
  const turn = createTurns();
  const firstRootBytes = await files.read(join(folder, FIRST_ROOT));
  if (!firstRootBytes) throw new Fault("METADATA_MISSING", { role: "root" });
  let images: ImageIndex = { find: () => null, all: () => [] };

  const judge = (disk: Files, nowMs: number) => judgeAsAgent({ files: disk, folder }, firstRootBytes, nowMs);

  /** Metadata that people let expire still names the images that jobs are working on. */
  const judgeExpired = async (disk: Files, fault: Fault) => {
    if (!isFault(fault, "METADATA_EXPIRED")) throw fault;
    log.error({ details: fault.details }, "image metadata expired: agents take no new orders");
    const expired = Date.parse(String(fault.details["expires"]));
    const verdict = await judge(disk, Math.min(expired, clock.wall()) - 1);
    return verdict.images ?? images;
  };

  const publish = async (
    change: (repository: Repository) => Promise<unknown>,
    orExpired: (disk: Files, fault: Fault) => Promise<ImageIndex>,
  ): Promise<Refreshed> => {
    const draft = overlay(files, folder);
    const repository = { files: draft.files, folder };
    await change(repository);
    const refreshed = await refreshOnline(repository, [keys.online], clock.wall());
    const verdict = await judge(draft.files, clock.wall());
    const judged = verdict.images ?? (await orExpired(draft.files, verdict.fault));
    await writing(() => draft.keep(LAST_WRITTEN));
    images = judged;
    return refreshed;
  };

  const resignAll = async (repository: Repository): Promise<void> => {
    const { root, targets } = keys;
    const now = clock.wall();
    if (root && (await endsWithin(repository, "root", now)))
      await rotateRootKeys(repository, {}, [root], now);
    if (targets && (await endsWithin(repository, "targets", now))) await resign(repository, [targets], now);
  };

  const served: ServedMetadata = {
    images: () => images,
    firstRoot: () => parseDocument(firstRootBytes),
    async file(name) {
      const bytes = await files.read(join(folder, name));
      if (!bytes) throw new Fault("METADATA_MISSING", { name });
      return bytes;
    },
    change: (change) => turn(async () => void (await publish(change, refuseExpired))),
    refresh: () => turn(() => publish(resignAll, judgeExpired)),
  };
  await served.refresh();
  return served;
}

const NUMBERED = /^([1-9]\d{0,8})\.(root|targets)\.json$/;

/** Whether the newest file of a role ends soon. */
async function endsWithin(
  { files, folder }: Repository,
  role: "root" | "targets",
  nowMs: number,
): Promise<boolean> {
  const versions = (await files.list(folder)).flatMap((name) => {
    const match = NUMBERED.exec(name);
    return match?.[2] === role ? [Number(match[1])] : [];
  });
  const bytes = await files.read(join(folder, `${Math.max(...versions)}.${role}.json`));
  if (!bytes) return false;
  const { signed } = parseDocument(bytes);
  return Date.parse(String(signed["expires"])) - nowMs < RESIGN_BEFORE_MS;
}

/**
 * Takes what publishers signed elsewhere: new roots and a new list of images, under their names. Nothing else, and
 * nothing that would replace a file that was published.
 *
 * @throws Fault METADATA_MISMATCH for another name or other bytes under a published name
 */
export async function addSigned(
  { files, folder }: Repository,
  signed: ReadonlyMap<string, SignedDocument>,
): Promise<void> {
  for (const [name, document] of signed) {
    if (!NUMBERED.test(name)) throw new Fault("METADATA_MISMATCH", { name });
    const path = join(folder, name);
    const published = await files.read(path);
    const isNew = published === null;
    if (!isNew && JSON.stringify(parseDocument(published)) !== JSON.stringify(document)) {
      throw new Fault("METADATA_MISMATCH", { name });
    }
    if (isNew) await files.replace(path, Buffer.from(`${JSON.stringify(document, null, 1)}\n`));
  }
}

/**
 * Makes the first repository of a hub whose publishers sign elsewhere.
 *
 * @throws Fault METADATA_* when agents would refuse it, PUBLISHER_KEY_MISSING when its root does not name this hub's
 *   online key
 */
export async function adoptMetadata(
  { files, clock, folder, keys }: Omit<MetadataPorts, "log">,
  signed: ReadonlyMap<string, SignedDocument>,
): Promise<void> {
  const draft = overlay(files, folder);
  const repository = { files: draft.files, folder };
  await addSigned(repository, signed);
  await refreshOnline(repository, [keys.online], clock.wall());
  const firstRoot = await draft.files.read(join(folder, FIRST_ROOT));
  if (!firstRoot) throw new Fault("METADATA_MISSING", { name: FIRST_ROOT });
  const { fault } = await judgeAsAgent(repository, firstRoot, clock.wall());
  if (fault) throw fault;
  await writing(() => draft.keep(LAST_WRITTEN));
}

/** The facts by digest, and all of them, out of the list that is served now; read once per list. */
export function factsOf({ images }: Pick<ServedMetadata, "images">): Releases {
  let read: ImageIndex | undefined;
  let byDigest = new Map<string, ImageFacts>();
  const facts = () => {
    if (read !== images()) {
      read = images();
      byDigest = new Map(read.all().map((each) => [each.digest, each]));
    }
    return byDigest;
  };
  return {
    facts: (digest) => facts().get(digest) ?? null,
    all: () => [...facts().values()],
  };
}
