import { Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Fault, isFault } from "@fyr/protocol";
import { extract } from "tar-stream";

/** `info.json` is an early member; whoever looks further is being led around. */
const MAX_MEMBERS = 16;
const MAX_INFO_BYTES = 1024 * 1024;
const INFO_NAME = /^(\.\/)?info\.json$/;

/** zlib's words for a stream that ends in the middle. */
const CUT_SHORT = new Set(["Z_BUF_ERROR", "ZSTD_error_srcSize_wrong"]);

const unpacker = (kind: "gzip" | "zstd") => (kind === "gzip" ? createGunzip() : createZstdDecompress());

/** Passes bytes on until there are too many of them. */
function cap(maxBytes: number): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      total += chunk.length;
      if (total > maxBytes) return done(new Fault("IMAGE_TOO_LARGE", { maxUnpackedBytes: maxBytes }));
      done(null, chunk);
    },
  });
}

/** Takes the text of info.json out of a tar stream and lets the rest go by. */
function infoSink(found: (text: string) => void): Writable {
  let members = 0;
  const tar = extract();
  tar.on("entry", ({ name, size = 0 }, stream, next) => {
    members++;
    const isInfo = members <= MAX_MEMBERS && INFO_NAME.test(name) && size <= MAX_INFO_BYTES;
    const kept: Buffer[] = [];
    if (isInfo) stream.on("data", (chunk) => kept.push(chunk as Buffer));
    stream.on("end", () => {
      if (isInfo) found(Buffer.concat(kept).toString("utf8"));
      next();
    });
    stream.on("error", () => undefined); // the archive as a whole reports it
    stream.resume();
  });
  return tar as unknown as Writable;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

/** Foreign bytes where the next packed member would begin: a signature behind the image, not a fault of it. */
const isAppendix = (error: unknown): boolean =>
  codeOf(error) === "ZSTD_error_prefix_unknown" ||
  (codeOf(error) === "Z_DATA_ERROR" && /header check|compression method/.test((error as Error).message));

/** What the image is to blame for; an error of the disk under it goes on as it is. */
function refusal(error: unknown, isInfoKnown: boolean): unknown {
  if (isFault(error) || !/^(Z_|ZSTD_|$)/.test(codeOf(error))) return error;
  if (CUT_SHORT.has(codeOf(error)) || (error as Error).message === "Unexpected end of data") {
    return new Fault("IMAGE_TRUNCATED", {}, { cause: error });
  }
  return new Fault(isInfoKnown ? "IMAGE_CORRUPT" : "IMAGE_FORMAT", {}, { cause: error });
}

/** A stream reads ahead, so it must not be handed a buffer that will be filled again. */
async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Uint8Array.from(chunk);
}

/**
 * The text of `info.json` in a packed image, which is unpacked to its end to prove that it has one.
 *
 * @throws Fault `IMAGE_FORMAT`, `IMAGE_TRUNCATED`, `IMAGE_CORRUPT`, `IMAGE_TOO_LARGE`
 */
export async function readInfoJson(
  bytes: AsyncIterable<Uint8Array>,
  kind: "gzip" | "zstd",
  maxUnpackedBytes: number,
): Promise<string> {
  const found: string[] = [];
  const sink = infoSink((text) => found.push(text));
  try {
    await pipeline(Readable.from(copies(bytes)), unpacker(kind), cap(maxUnpackedBytes), sink);
  } catch (error) {
    if (found.length === 0 || !isAppendix(error)) throw refusal(error, found.length > 0);
  }
  if (found[0] === undefined) throw new Fault("IMAGE_FORMAT", { reason: "no info.json" });
  return found[0];
}
