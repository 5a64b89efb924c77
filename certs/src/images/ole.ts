import { Fault } from "@fyr/protocol";

/** A compound file, which every Windows Installer package is ([MS-CFB] 2.2). */
export const OLE_MAGIC = Buffer.from("d0cf11e0a1b11ae1", "hex");

const HEADER_BYTES = 512;
const LITTLE_ENDIAN = 0xfffe;
/** Sizes of a sector as powers of two: versions 3 and 4. */
const SECTOR_SHIFTS = [9, 12];
/** Where the header names the sectors that hold the allocation table, and how many it can name. */
const TABLE = { at: 76, most: 109 };
const HIGHEST_SECTOR = 0xfffffffa;

const invalid = (reason: string) => new Fault("PACKAGE_INVALID", { reason });

/**
 * Whether a compound file is whole as far as its header tells: every sector that the header names lies within it. What
 * is in it, its publisher's signature says on the host that installs it.
 *
 * @param start the file's first bytes, as many as the header has or all there are
 * @throws Fault `IMAGE_TRUNCATED`, `PACKAGE_INVALID`
 */
export function checkOle(start: Buffer, sizeBytes: number): void {
  if (start.length < HEADER_BYTES) throw new Fault("IMAGE_TRUNCATED", { sizeBytes });
  if (start.readUInt16LE(28) !== LITTLE_ENDIAN) throw invalid("the header's byte order");
  const shift = start.readUInt16LE(30);
  if (!SECTOR_SHIFTS.includes(shift)) throw invalid("the header's sector size");
  const named = Math.min(start.readUInt32LE(44), TABLE.most);
  if (named === 0) throw invalid("no allocation table");
  const sectors = [start.readUInt32LE(48)];
  for (let n = 0; n < named; n++) sectors.push(start.readUInt32LE(TABLE.at + 4 * n));
  const isThere = (sector: number) => (sector + 2) * 2 ** shift <= sizeBytes;
  if (sectors.some((sector) => sector > HIGHEST_SECTOR)) throw invalid("the header's sectors");
  if (!sectors.every(isThere)) throw new Fault("IMAGE_TRUNCATED", { sizeBytes });
}
