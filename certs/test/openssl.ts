import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the command printed, standard output and error together, and whether it was content. */
export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

/** Runs the openssl command line, the foreign judge of everything that is X.509. */
export function openssl(args: readonly string[], input?: string): Verdict {
  const { status, stdout, stderr } = spawnSync("openssl", args, { input, encoding: "utf8" });
  return { ok: status === 0, text: `${stdout}${stderr}` };
}

/** Runs openssl where anything but success is a broken test. */
export const mustOpenssl = (args: readonly string[], cwd: string): string =>
  execFileSync("openssl", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** A folder for one test file, with text files in it; call `remove` at the end. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "fyr-certs-"));
  return {
    folder,
    file(name: string, text: string | Uint8Array): string {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
