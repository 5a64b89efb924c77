import type { ImageFacts } from "@fyr/certs";
import { Fault, isFault } from "@fyr/protocol";
import { sleep, type Clock, type Files, type Random } from "@fyr/runtime";
import type { HubLink } from "../ports.ts";
import { BadPiece, openPart, type PartFile } from "./part-file.ts";
import type { CachePaths } from "./paths.ts";
import { readPieceHashes, type PieceHashes } from "./piece-verifier.ts";

export interface DownloadPorts {
  readonly hub: Pick<HubLink, "chunkHashes" | "imageRange">;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
}

const RANGE_BYTES = 4 * 1024 * 1024;

/** A piece that comes wrong is asked for twice more. */
const PIECE_TRIES = 3;

/** Pauses after tries that brought not one byte; then the caller decides when to come back. */
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000] as const;

/** Brings the missing bytes of an image, from wherever a former try or process stopped. Afterwards it is `paths.image`. */
export async function download(
  ports: DownloadPorts,
  paths: CachePaths,
  facts: ImageFacts,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { files } = ports;
  const hashes = await pieceHashes(ports, paths.chunks(facts.digest), facts);
  const part = await openPart(files, paths.part(facts.digest), facts, hashes);
  try {
    onBytes(part.at);
    await fetchRest(ports, part, facts, onBytes, signal);
    if (!(await part.finish())) throw new Fault("IMAGE_CORRUPT", { digest: facts.digest });
  } finally {
    await part.close();
  }
  await files.rename(paths.part(facts.digest), paths.image(facts.digest));
  await files.remove(paths.chunks(facts.digest));
}

async function pieceHashes(
  { hub, files }: DownloadPorts,
  path: string,
  facts: ImageFacts,
): Promise<PieceHashes> {
  const kept = await files.read(path);
  if (kept) {
    try {
      return readPieceHashes(kept, facts);
    } catch {
      await files.remove(path); // torn or flipped: the hub has it whole
    }
  }
  const list = await fromHub(() => hub.chunkHashes(facts.digest, facts.sizeBytes));
  const hashes = readPieceHashes(list, facts);
  await files.replace(path, list);
  return hashes;
}

async function fetchRest(
  ports: DownloadPorts,
  part: PartFile,
  facts: ImageFacts,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const badTries = new Map<number, number>();
  let barren = 0;
  while (part.at < facts.sizeBytes) {
    signal.throwIfAborted();
    const from = part.at;
    const failure = await fetchRange(ports, part, facts, onBytes, signal);
    if (failure instanceof BadPiece) countBad(badTries, failure.index, facts);
    else if (part.at > from) barren = 0;
    else if (failure) barren = await pause(ports, barren, failure, signal);
  }
}

/** @returns what broke the fetching, unless it is for the caller to hear */
async function fetchRange(
  { hub }: DownloadPorts,
  part: PartFile,
  { digest, sizeBytes }: ImageFacts,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<BadPiece | Fault | null> {
  const to = Math.min(sizeBytes, part.at + RANGE_BYTES);
  let ours: unknown; // what went wrong with the bytes here, in whatever the link wraps it
  const take = async (bytes: Uint8Array) => {
    if (part.at + bytes.length > to)
      throw new Fault("IMAGE_UNAVAILABLE", { reason: "more bytes than asked for" });
    await part.take(bytes).catch((error: unknown) => {
      ours = error;
      throw error;
    });
    onBytes(part.at);
  };
  try {
    await fromHub(() => hub.imageRange(digest, part.at, to, take, signal));
    return part.at < to ? new Fault("IMAGE_UNAVAILABLE", { reason: "fewer bytes than asked for" }) : null;
  } catch (error) {
    signal.throwIfAborted();
    const cause = ours ?? error;
    if (cause instanceof BadPiece || isFault(cause, "IMAGE_UNAVAILABLE")) return cause;
    throw cause;
  }
}

/** Whatever keeps the hub from serving an image, the image is unavailable; other errors are not the hub's. */
async function fromHub<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isFault(error, "IMAGE_UNAVAILABLE") || !(error instanceof Fault)) throw error;
    throw new Fault("IMAGE_UNAVAILABLE", { reason: error.code }, { cause: error });
  }
}

function countBad(tries: Map<number, number>, index: number, { digest }: ImageFacts): void {
  const count = (tries.get(index) ?? 0) + 1;
  if (count >= PIECE_TRIES) throw new Fault("IMAGE_CORRUPT", { digest, piece: index });
  tries.set(index, count);
}

async function pause({ clock, random }: DownloadPorts, barren: number, failure: Fault, signal: AbortSignal) {
  const longest = PAUSES_MS[barren];
  if (longest === undefined) throw failure;
  await sleep(clock, longest * (0.5 + random.next() / 2), signal);
  return barren + 1;
}
