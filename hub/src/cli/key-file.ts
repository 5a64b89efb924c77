import { ConfigError, type Files } from "@fyr/runtime";
import { csvLines } from "../exports/csv.ts";
import type { KeyWish, OperatorLicences } from "../licences/operator-service.ts";

/** Who acts in commands at the hub's own machine. */
export const OPERATOR = "operator";

/** A batch of keys that was written to a file, the only place where their texts are. */
export interface KeyFile {
  readonly batch: string;
  readonly keys: number;
  readonly file: string;
  /** An earlier run was cut off behind the database's commit; this one only named its file. */
  readonly begunBefore: boolean;
}

const COLUMNS = ["key", "batch", "kind", "product", "items"];

/** What a key holds, as it is typed too: `CORE:60`, or `CORE:10:5` for five years of ten. */
const itemText = ({ type, qty, termYears }: KeyWish["items"][number]): string =>
  [type, qty, ...(termYears > 1 ? [termYears] : [])].join(":");

const csvOf = ({ batch, kind, product, items }: KeyWish, keys: readonly string[]): Buffer =>
  Buffer.from(
    csvLines([COLUMNS, ...keys.map((key) => [key, batch, kind, product, items.map(itemText).join(" ")])]),
  );

/** What an earlier run left behind: of which batch, and its keys. */
function readLeft(csv: Uint8Array): { batch: string; keys: string[] } {
  const lines = Buffer.from(csv).toString("utf8").trimEnd().split("\r\n").slice(1);
  const cells = lines.map((line) => line.split(","));
  return { batch: cells[0]?.[1] ?? "", keys: cells.map(([key = ""]) => key) };
}

async function writePart(files: Pick<Files, "replace">, part: string, csv: Buffer): Promise<void> {
  await files.replace(part, csv, 0o600).catch((error: unknown) => {
    throw new ConfigError(`${part} cannot be written: ${(error as Error).message}`);
  });
}

/**
 * Issues a batch of keys into a CSV file that only its owner reads. The texts are durable, as `FILE.part`, before the
 * first key is worth anything, and the file gets its name when all of them are: after a crash anywhere the same
 * command goes on from what it finds, and there is never half a batch.
 *
 * @throws Fault as `issueKeys` says; ConfigError when `file` is there already or cannot be written
 */
export async function issueToFile(
  files: Pick<Files, "read" | "replace" | "rename" | "stat">,
  operator: Pick<OperatorLicences, "issueKeys" | "isBatch">,
  wish: KeyWish,
  file: string,
): Promise<KeyFile> {
  const part = `${file}.part`;
  const { batch } = wish;
  if (await files.stat(file)) throw new ConfigError(`${file} is there already; name another file`);
  const found = await files.read(part);
  const left = found && readLeft(found);
  if (left && (await operator.isBatch(left.batch, left.keys))) {
    if (left.batch !== batch)
      throw new ConfigError(`${part} holds batch ${left.batch}: issue that one again first`);
    await files.rename(part, file);
    return { batch, keys: left.keys.length, file, begunBefore: true };
  }
  const { keys } = await operator.issueKeys(OPERATOR, wish, (made) =>
    writePart(files, part, csvOf(wish, made)),
  );
  await files.rename(part, file);
  return { batch, keys: keys.length, file, begunBefore: false };
}
