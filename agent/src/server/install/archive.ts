import { createHash } from "node:crypto";
import { Readable, type Writable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AxisVersion, Fault } from "@fyr/protocol";
import { extract } from "tar-stream";
import { z } from "zod";

/** Names that mean the same file on every system: no way up, no root, no drive, no stream, no dot first. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,7}$/;
/** Device names of Windows, which are no files there. */
const DEVICE = /(^|\/)(con|prn|aux|nul|com\d|lpt\d)(\.|\/|$)/i;

const BundleFile = z.strictObject({
  name: z
    .string()
    .regex(NAME)
    .refine((name) => !DEVICE.test(name)),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  executable: z.boolean().default(false),
});
export type BundleFile = z.infer<typeof BundleFile>;

/** `info.json`, the first member of a package for a Linux host: what it is, and every file that it may hold. */
export const BundleInfo = z.looseObject({
  Release: AxisVersion,
  Files: z.array(BundleFile).min(1).max(5_000),
});
export type BundleInfo = z.infer<typeof BundleInfo>;

export interface BundleLimits {
  readonly maxInfoBytes: number;
  /** Of all files, and of the archive as it unpacks. */
  readonly maxBytes: number;
}

export const BUNDLE_LIMITS: BundleLimits = { maxInfoBytes: 2 * 2 ** 20, maxBytes: 8 * 2 ** 30 };

/** Room in an archive that is no file: headers and padding, and the list at its beginning. */
const OVERHEAD_PER_FILE = 2_048;

export interface BundleSink {
  /** Writes one file, in a fresh folder in which nothing else is. */
  write(file: BundleFile, content: AsyncIterable<Uint8Array>): Promise<void>;
}

/** One member of an archive: its header, and its bytes once. */
interface Entry extends AsyncIterable<Uint8Array> {
  readonly header: { readonly name: string; readonly type?: string | null; readonly size?: number };
}

type Tar = Writable & AsyncIterable<Entry>;

const invalid = (reason: string, more: Record<string, string> = {}): Fault =>
  new Fault("PACKAGE_INVALID", { reason, ...more });

/**
 * Unpacks a package by its own list: a regular file that the list names, with the length and hash that it says, once, and
 * nothing else. The list was signed with the package; it is checked all the same.
 *
 * @throws Fault `PACKAGE_INVALID`
 */
export async function unpackBundle(
  bytes: AsyncIterable<Uint8Array>,
  sink: BundleSink,
  limits: BundleLimits = BUNDLE_LIMITS,
): Promise<BundleInfo> {
  const tar = extract() as unknown as Tar;
  const unzipped = capped(Readable.from(copies(bytes)).pipe(createGunzip()), limits);
  const feeding = feed(unzipped, tar);
  try {
    const info = await takeAll(tar, sink, limits);
    await feeding;
    return info;
  } catch (error) {
    tar.destroy(new Error("refused"));
    await feeding.catch(() => undefined);
    throw refusal(error);
  }
}

async function takeAll(
  tar: AsyncIterable<Entry>,
  sink: BundleSink,
  limits: BundleLimits,
): Promise<BundleInfo> {
  let info: BundleInfo | null = null;
  const left = new Map<string, BundleFile>();
  for await (const entry of tar) {
    const { name, type, size = 0 } = entry.header;
    if (type !== "file") throw invalid("not a regular file", { name: name.slice(0, 100) });
    if (info === null) {
      if (name !== "info.json" || size > limits.maxInfoBytes)
        throw invalid("it does not begin with info.json");
      info = readInfo(await textOf(entry), limits);
      for (const file of info.Files) left.set(file.name, file);
      continue;
    }
    const file = left.get(name);
    if (!file) throw invalid("a file that the list does not name", { name: name.slice(0, 100) });
    left.delete(name);
    if (size !== file.size) throw invalid("a file of another length", { name });
    await sink.write(file, proved(file, entry));
  }
  if (!info) throw invalid("it is empty");
  if (left.size > 0) throw invalid("a file is missing", { name: [...left.keys()][0] ?? "" });
  return info;
}

/** @throws Fault `PACKAGE_INVALID` for a list that could mean two things, or too much */
export function readInfo(text: string, { maxBytes }: BundleLimits = BUNDLE_LIMITS): BundleInfo {
  const read = BundleInfo.safeParse(parseJson(text));
  if (!read.success) throw invalid("its list", { at: read.error.issues[0]?.path.join(".") ?? "" });
  const { Files } = read.data;
  const names = Files.map(({ name }) => name.toLowerCase());
  if (new Set(names).size !== names.length) throw invalid("two files of one name");
  const folders = new Set(names.flatMap(foldersOf));
  const both = names.find((name) => folders.has(name));
  if (both !== undefined) throw invalid("a file that is a folder too", { name: both });
  if (names.includes("version") || names.includes("info.json")) throw invalid("a reserved name");
  if (Files.reduce((sum, { size }) => sum + size, 0) > maxBytes) throw invalid("more bytes than any package");
  return read.data;
}

const foldersOf = (name: string): string[] =>
  name.split("/").flatMap((_, at, parts) => (at === 0 ? [] : [parts.slice(0, at).join("/")]));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

/** The bytes of one file; the last are followed by a refusal when they were not what the list says. */
async function* proved(file: BundleFile, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const part of content) {
    hash.update(part);
    yield part;
  }
  if (hash.digest("hex") !== file.sha256) throw invalid("a file with another content", { name: file.name });
}

async function* capped(bytes: AsyncIterable<unknown>, limits: BundleLimits): AsyncGenerator<Uint8Array> {
  const most = limits.maxBytes + limits.maxInfoBytes + 5_000 * OVERHEAD_PER_FILE;
  let total = 0;
  for await (const chunk of bytes) {
    const part = chunk as Uint8Array;
    total += part.length;
    if (total > most) throw invalid("more bytes than any package");
    yield part;
  }
}

/** Keeps back while the other side is not through: a package is never in memory as a whole. */
async function feed(bytes: AsyncIterable<Uint8Array>, tar: Tar): Promise<void> {
  const ended = new Promise<void>((resolve) => tar.once("close", resolve));
  try {
    for await (const part of bytes) {
      if (tar.destroyed) return;
      if (!tar.write(part))
        await Promise.race([new Promise<void>((resolve) => tar.once("drain", resolve)), ended]);
    }
    tar.end();
  } catch (error) {
    tar.destroy(error as Error);
  }
}

/** A stream reads ahead, so it must not be handed a buffer that will be filled again. */
async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Uint8Array.from(chunk);
}

/** What the package is to blame for; an error of the disk goes on as it is. */
function refusal(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return /^(E[A-Z]+)$/.test(code)
    ? error
    : new Fault("PACKAGE_INVALID", { reason: "not an archive" }, { cause: error });
}
