import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "@fyr/protocol";
import type { BundleFile, BundleSink, ServicePlace } from "../../server/index.ts";

/** From here on a release is named what it is; before, it is being filled. */
const DRAFT = ".new-";
const LINK = "current";

async function syncFolder(path: string): Promise<void> {
  const folder = await fs.open(path, "r");
  await folder.sync().finally(() => folder.close());
}

async function writeFile(path: string, { executable }: BundleFile, content: AsyncIterable<Uint8Array>) {
  await fs.mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // "x": nothing is there, no link either.
  const file = await fs.open(path, "wx", executable ? 0o755 : 0o644);
  try {
    for await (const part of content) await file.write(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Releases in `<root>/releases`, and `<root>/current`, a link to one of them that is replaced in one step. */
export function servicePlace(root: string): ServicePlace {
  const releases = join(root, "releases");
  const link = join(root, LINK);
  const has = (release: string) =>
    fs.stat(join(releases, release)).then(
      () => true,
      () => false,
    );

  return {
    has,
    releases: async () =>
      (await fs.readdir(releases).catch(() => [])).filter((name) => !name.startsWith(DRAFT)),
    async current() {
      const target = await fs.readlink(link).catch(() => null);
      return target === null ? null : (target.split("/").at(-1) ?? null);
    },
    async add(release, fill) {
      await fs.mkdir(releases, { recursive: true, mode: 0o755 });
      const draft = join(releases, DRAFT + release);
      await fs.rm(draft, { recursive: true, force: true });
      await fs.mkdir(draft, { mode: 0o755 });
      const sink: BundleSink = { write: (file, content) => writeFile(join(draft, file.name), file, content) };
      try {
        const info = await fill(sink);
        await fs.writeFile(join(draft, "VERSION"), `${info.Release}\n`, {
          flag: "wx",
          mode: 0o644,
          flush: true,
        });
        await syncFolder(draft);
        await fs.rename(draft, join(releases, release));
        await syncFolder(releases);
        return info;
      } catch (error) {
        await fs.rm(draft, { recursive: true, force: true });
        throw error;
      }
    },
    async switchTo(release) {
      if (!(await has(release))) throw new Fault("PACKAGE_INVALID", { reason: "no such release" });
      const draft = `${link}.new`;
      await fs.rm(draft, { force: true });
      await fs.symlink(join("releases", release), draft);
      await fs.rename(draft, link);
      await syncFolder(root);
    },
    async keepOnly(kept) {
      for (const name of await fs.readdir(releases))
        if (!kept.includes(name)) await fs.rm(join(releases, name), { recursive: true, force: true });
    },
    read: (path) => createReadStream(path),
  };
}
