import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync, constants } from "node:zlib";
import { extract, pack } from "tar-stream";
import { SEAL_BYTES } from "./seal.ts";

/** How images are packed: raw up to 10, gzip from 11, zstd from 13 (vapix.md 5.4). */
export type ContainerName = "raw" | "gzip" | "zstd";

export interface Container {
  readonly name: ContainerName;
  readonly magic: Buffer;
  /** Packs info.json first, then the content. */
  pack(info: string, version: string, content: Uint8Array): Promise<Buffer>;
  /** The text of info.json from the first bytes of an image; null when they hold none. */
  readInfo(start: Uint8Array): Promise<string | null>;
  /** What stands before and after the seal, so that common tools go on reading the file. */
  readonly sealBefore: Buffer;
  readonly sealAfter: Buffer;
}

/** Enough of an image to hold its info.json: a zstd block, which unpacks as a whole or not at all, has up to 128 KiB. */
export const INFO_WITHIN_BYTES = 160 * 1024;

const RAW_VERSION_AT = 0x140;
const RAW_VERSION_BYTES = 64;
const RAW_INFO_AT = 0x200;

const raw: Container = {
  name: "raw",
  magic: Buffer.from("f3eb30a9", "hex"),
  pack: (info, version, content) => Promise.resolve(Buffer.concat([rawHeader(info, version), content])),
  readInfo(start) {
    const bytes = Buffer.from(start);
    if (bytes.length < RAW_INFO_AT + 4) return Promise.resolve(null);
    const end = RAW_INFO_AT + 4 + bytes.readUInt32LE(RAW_INFO_AT);
    return Promise.resolve(end > bytes.length ? null : bytes.toString("utf8", RAW_INFO_AT + 4, end));
  },
  sealBefore: Buffer.alloc(0),
  sealAfter: Buffer.alloc(0),
};

/** Magic, header version 4 and the version string where clients look for them; info.json follows at 0x200. */
function rawHeader(info: string, version: string): Buffer {
  const text = Buffer.from(info);
  const header = Buffer.alloc(RAW_INFO_AT + 4 + text.length);
  raw.magic.copy(header);
  header.writeUInt32LE(4, 4);
  header.write(version, RAW_VERSION_AT, RAW_VERSION_BYTES - 1, "latin1");
  header.writeUInt32LE(text.length, RAW_INFO_AT);
  text.copy(header, RAW_INFO_AT + 4);
  return header;
}

/** Content is incompressible, so storing it costs nothing and packing a large image takes no time. */
const gzip: Container = {
  name: "gzip",
  magic: Buffer.from("1f8b", "hex"),
  pack: async (info, _version, content) => gzipSync(await tar(info, content), { level: 0 }),
  readInfo: (start) =>
    readTar(() => gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 4 << 20 })),
  ...gzipSeal(),
};

/** An empty gzip member whose extra field is the seal (RFC 1952, 2.3.1.1): `gzip -t` stays content. */
function gzipSeal() {
  const extra = Buffer.alloc(2 + 4);
  extra.writeUInt16LE(4 + SEAL_BYTES, 0);
  extra.write("SM", 2, "latin1");
  extra.writeUInt16LE(SEAL_BYTES, 4);
  const header = Buffer.from("1f8b0804000000000003", "hex");
  const noContent = Buffer.from("03000000000000000000", "hex");
  return { sealBefore: Buffer.concat([header, extra]), sealAfter: noContent };
}

const zstd: Container = {
  name: "zstd",
  magic: Buffer.from("28b52ffd", "hex"),
  pack: async (info, _version, content) => zstdCompressSync(await tar(info, content)),
  readInfo: (start) =>
    readTar(() =>
      zstdDecompressSync(start, { finishFlush: constants.ZSTD_e_continue, maxOutputLength: 4 << 20 }),
    ),
  sealBefore: zstdSkippable(),
  sealAfter: Buffer.alloc(0),
};

/** A skippable frame (RFC 8878, 3.1.2). */
function zstdSkippable(): Buffer {
  const frame = Buffer.alloc(8);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(SEAL_BYTES, 4);
  return frame;
}

async function tar(info: string, content: Uint8Array): Promise<Buffer> {
  const archive = pack();
  const mtime = new Date(0);
  archive.entry({ name: "info.json", mtime }, info);
  archive.entry({ name: "fimage", mtime }, Buffer.from(content));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

async function readTar(unpack: () => Buffer): Promise<string | null> {
  try {
    return await firstEntry(unpack());
  } catch {
    return null; // recognisable by its magic, and damaged after it
  }
}

/** Only the start of the archive is there, so its reader is left as soon as info.json is whole. */
function firstEntry(archive: Buffer): Promise<string | null> {
  return new Promise((resolve) => {
    const reader = extract();
    reader.on("entry", (header, stream) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk) => chunks.push(chunk as Buffer));
      stream.on("end", () => resolve(header.name === "info.json" ? Buffer.concat(chunks).toString() : null));
    });
    reader.on("error", () => resolve(null));
    reader.on("finish", () => resolve(null));
    reader.end(archive);
  });
}

export const CONTAINERS: Readonly<Record<ContainerName, Container>> = { raw, gzip, zstd };

/** Recognises a container by its magic bytes. */
export const containerOf = (start: Uint8Array): Container | null =>
  Object.values(CONTAINERS).find(({ magic }) => Buffer.from(start.subarray(0, magic.length)).equals(magic)) ??
  null;
