import { readFile, writeFile } from "node:fs/promises";

/** One byte in the middle of a file is another one. */
export async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
}
