import { gzipSync, zstdCompressSync } from "node:zlib";
import { pack } from "tar-stream";

export interface ImageFileFacts {
  readonly version?: string;
  readonly models?: readonly string[];
  readonly hardwareIds?: readonly string[];
  readonly upgradeableFrom?: readonly string[];
  /** Bytes of content beside info.json. */
  readonly content?: Uint8Array;
}

/** An `info.json` as Axis writes it, of as many products as there are models or hardware ids. */
export function infoJson(facts: ImageFileFacts = {}): string {
  const { version = "12.11.77", models = ["P3265-V"], hardwareIds = ["931.11"], upgradeableFrom } = facts;
  const products = models.flatMap((ProdNbr) =>
    hardwareIds.map((HardwareID) => ({ Brand: "AXIS", ProdNbr, HardwareID })),
  );
  return JSON.stringify({
    Release: version,
    BuildNbr: "1",
    UpgradeableFrom: upgradeableFrom,
    Products: products,
  });
}

/** A tar of members in order. */
export async function tarOf(members: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(members))
    archive.entry({ name, mtime: new Date(0) }, Buffer.from(content));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** A small image file such as a device of 11 (`gzip`) or 13 (`zstd`) takes. */
export async function packedImage(kind: "gzip" | "zstd", facts: ImageFileFacts = {}): Promise<Buffer> {
  const tar = await tarOf({ "info.json": infoJson(facts), fimage: facts.content ?? new Uint8Array(100_000) });
  return kind === "gzip" ? gzipSync(tar) : zstdCompressSync(tar);
}

/** A small image file of an older generation: a header of version 3 or 4, and content. */
export function rawImage(
  version: string,
  header: 3 | 4 = 4,
  content: Uint8Array = new Uint8Array(1000),
): Buffer {
  const start = Buffer.alloc(0x200);
  Buffer.from("f3eb30a9", "hex").copy(start);
  start.writeUInt32LE(header, 4);
  start.write(version, header < 4 ? 0x4c : 0x140, "latin1");
  return Buffer.concat([start, content]);
}

/** A small file with the header of a Windows Installer package (a compound file of version 3) and its sectors. */
export function msiFile(content = "content", sectors = 8): Buffer {
  const file = Buffer.alloc(512 * (1 + sectors));
  Buffer.from("d0cf11e0a1b11ae1", "hex").copy(file);
  file.writeUInt16LE(0x3e, 24);
  file.writeUInt16LE(3, 26);
  file.writeUInt16LE(0xfffe, 28);
  file.writeUInt16LE(9, 30);
  file.writeUInt16LE(6, 32);
  file.writeUInt32LE(1, 44);
  file.writeUInt32LE(1, 48);
  file.fill(0xff, 76, 512);
  file.writeUInt32LE(sectors - 1, 76);
  file.write(content, 512, "utf8");
  return file;
}
