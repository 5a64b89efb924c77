import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { Fault } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import { z } from "zod";
import type { DataPlace } from "../server/index.ts";
import { copy, hashOf } from "./backup.ts";
import { fullDisk } from "./desk.ts";

/** `backup.json`: what a backup is made of. */
const BackupList = z.array(
  z.strictObject({
    name: z.string().regex(/^[^/\\]{1,200}$/),
    sizeBytes: z.int().nonnegative(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

const failed = (reason: string, more: Record<string, string> = {}) =>
  new Fault("SERVER_RESTORE_FAILED", { reason, ...more });

/** The data of a server in `<root>/data`. */
export function dataPlace(files: Files, root: string): DataPlace {
  const data = join(root, "data");
  const draft = join(root, "data.new");

  async function listOf(path: string, sha256: string): Promise<z.infer<typeof BackupList>> {
    const bytes = await files.read(join(path, "backup.json"));
    if (!bytes) throw failed("the backup is gone");
    if (createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw failed("the backup is not the one that was made");
    return BackupList.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  }

  async function fill(path: string, sha256: string): Promise<void> {
    await files.remove(draft);
    await files.ensureFolder(draft);
    for (const { name, sha256: wanted } of await listOf(path, sha256)) {
      const never = new AbortController().signal;
      await copy(files, join(path, name), join(draft, name), name, never);
      if ((await hashOf(files, join(draft, name))) !== wanted)
        throw failed("a file of the backup differs", { name });
    }
  }

  const isThere = async (path: string): Promise<boolean> => (await files.list(path)).length > 0;

  return {
    async putBack({ path, sha256 }) {
      // Named by its backup: a second try must not take what the first one put there for what was there before.
      const aside = join(root, `data.before-restore-${basename(path)}`);
      try {
        await fill(path, sha256);
        if (await isThere(aside)) await files.remove(data);
        else if (await isThere(data)) await files.rename(data, aside);
        await files.rename(draft, data);
      } catch (error) {
        throw fullDisk(error);
      }
    },
  };
}
