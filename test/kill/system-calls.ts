import { readFile } from "node:fs/promises";

/**
 * Ends a process at its N-th call to the system, by strace. Calls are counted for each thread; libuv is given a single
 * one for files, so that there are two that write: the main one and that.
 */
export const ONE_FILE_THREAD = { UV_THREADPOOL_SIZE: "1" };

/** Calls that change what is on disk, or send. Those that begin with `?` are unknown to some processors. */
const CHANGES = [
  ..."write writev pwrite64 pwritev fsync fdatasync ftruncate fallocate".split(" "),
  ..."?rename renameat ?renameat2 ?unlink unlinkat ?mkdir mkdirat ?link linkat".split(" "),
];

/**
 * What is written to: the journal by the main thread, other files by the thread for files, streams by both. Calls that
 * could be to a stream are counted whatever they are to.
 */
export type Kind = "journal" | "file" | "stream";

/** Where to end the process. */
export interface Aim {
  readonly kind: Kind;
  /** Its name, such as `fsync`. */
  readonly call: string;
  /** Which of these calls, from 1. */
  readonly nth: number;
}

/** How often a calm run did what: the last call that can be aimed at. */
export interface Census {
  readonly counts: readonly { readonly kind: Kind; readonly call: string; readonly count: number }[];
  /** Every path below the agent's folder that is not the journal's. */
  readonly files: readonly string[];
}

const STRACE = ["strace", "-D", "-f", "-q", "-y", "-s", "0"] as const;

/** Runs `command` and writes down each change that it makes. */
export const watched = (command: readonly string[], trace: string): [string, ...string[]] => [
  ...STRACE,
  ...["-e", `trace=${CHANGES.join(",")}`, "-o", trace],
  ...command,
];

/**
 * Runs `command` and ends it by SIGKILL as it enters the call, which then does not happen. (With `--seccomp-bpf`,
 * strace 6.1 injects nothing.)
 *
 * @param paths what the calls of this kind go to; streams have none
 */
export const endedAt = (
  { call, nth }: Aim,
  paths: readonly string[],
  command: readonly string[],
  trace: string,
): [string, ...string[]] => [
  ...STRACE,
  ...["-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${nth}`, "-o", trace],
  ...paths.flatMap((path) => ["-P", path]),
  ...command,
];

interface Call {
  readonly thread: string;
  readonly name: string;
  readonly path: string;
}

/** `1234 pwrite64(21</agent/agent.db-wal>, …` and `1234 rename("/agent/a", …`; what is only resumed was counted. */
const LINE = /^(\d+) +(\w+)\((?:\d+<([^>]*)>|(?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)")?/;

async function callsIn(trace: string): Promise<Call[]> {
  const lines = (await readFile(trace, "utf8")).split("\n");
  return lines.flatMap((line) => {
    const [, thread, name, fd, path] = LINE.exec(line) ?? [];
    return thread !== undefined && name !== undefined ? [{ thread, name, path: fd ?? path ?? "" }] : [];
  });
}

/** The journal's files, in the agent's folder. */
export const journalPaths = (folder: string): string[] =>
  ["", "-wal", "-shm", ".ballast"].map((end) => `${folder}/agent.db${end}`);

const STREAM_CALLS = ["write", "writev"];

function kindsOf({ name, path }: Call, folder: string): Kind[] {
  const stream: Kind[] = STREAM_CALLS.includes(name) ? ["stream"] : [];
  if (journalPaths(folder).includes(path)) return ["journal", ...stream];
  return path === folder || path.startsWith(`${folder}/`) ? ["file", ...stream] : stream;
}

/** Of a calm run of an agent whose data is in `folder`. */
export async function censusOf(trace: string, folder: string): Promise<Census> {
  const calls = (await callsIn(trace)).flatMap((call) =>
    kindsOf(call, folder).map((kind) => ({ ...call, kind })),
  );
  const alike = Map.groupBy(calls, ({ kind, name }) => `${kind} ${name}`);
  return {
    counts: [...alike.values()].flatMap((group) => {
      const [first] = group;
      return first ? [{ kind: first.kind, call: first.name, count: mostInOneThread(group) }] : [];
    }),
    files: [...new Set(calls.filter(({ kind }) => kind === "file").map(({ path }) => path))],
  };
}

const mostInOneThread = (calls: readonly Call[]): number =>
  Math.max(0, ...[...Map.groupBy(calls, ({ thread }) => thread).values()].map(({ length }) => length));

/** Whether the trace shows that the process met its end in exactly that call. */
export async function wasEndedAt({ call, nth }: Aim, trace: string): Promise<boolean> {
  const text = await readFile(trace, "utf8");
  const calls = (await callsIn(trace)).filter(({ name }) => name === call);
  return mostInOneThread(calls) === nth && text.includes("+++ killed by SIGKILL +++");
}
