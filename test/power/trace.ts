import { readFile } from "node:fs/promises";

/** How a process is started so that strace writes down what it says to files and sockets, with all the bytes of a page. */
export const traced = (path: string): readonly string[] => [
  ...["strace", "-D", "-f", "-q", "-yy", "-ttt", "-T", "-s", "4200", "-o", path],
  ...["-e", "trace=read,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fsync,fdatasync"],
];

/** One call of a process to the system. */
export interface Call {
  readonly name: string;
  /** What its file descriptor stands for: a path, or `TCP:[local->remote]`. */
  readonly on: string;
  /** Its arguments as strace writes them. */
  readonly text: string;
  /** Where it begins and ends in the order in which things happened in this process. */
  readonly began: number;
  readonly ended: number;
  /** The same in seconds since 1970, for comparison with another process. */
  readonly beganAt: number;
  readonly endedAt: number;
  /** Bytes, 0, or -1 when it failed. */
  readonly result: number;
}

const LINE = /^(\d+) +(\d+\.\d+) (?:(\w+)\(|<\.\.\. \w+ resumed>)(.*)$/s;
const ON = /^\d+<(TCP(?:v6)?:\[.*?\](?=>)|[^>]*)>/;
const END = / = (-?\d+)(?: [^<]*)?(?: <([\d.]+)>)?$/;
const UNFINISHED = " <unfinished ...>";

interface Begun {
  readonly name: string;
  readonly text: string;
  readonly began: number;
  readonly beganAt: number;
}

/** A call that was interrupted by other threads stands in two lines. */
export function callsIn(trace: string): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Begun>();
  trace.split("\n").forEach((line, at) => {
    const [, thread = "", time, name, rest = ""] = LINE.exec(line) ?? [];
    if (time === undefined) return;
    const seconds = Number(time);
    const begun = name === undefined ? open.get(thread) : { name, text: "", began: at, beganAt: seconds };
    if (!begun) return;
    open.delete(thread);
    if (rest.endsWith(UNFINISHED)) {
      open.set(thread, { ...begun, text: rest.slice(0, -UNFINISHED.length) });
      return;
    }
    const text = begun.text + rest;
    const [, result = "-1", took = "0"] = END.exec(text) ?? [];
    const endedAt = begun.beganAt + Number(took);
    calls.push({ ...begun, on: ON.exec(text)?.[1] ?? "", text, ended: at, endedAt, result: Number(result) });
  });
  return calls.sort((a, b) => a.began - b.began);
}

export const readTrace = async (path: string): Promise<Call[]> => callsIn(await readFile(path, "utf8"));

export const isSocket = ({ on }: Call): boolean => on.startsWith("TCP");
export const isWrite = ({ name }: Call): boolean => /^(p?writev?2?|pwrite64|send(to|msg))$/.test(name);

/** `127.0.0.1:8443` on either side of a connection. */
export function ends({ on }: Call): { readonly local: string; readonly remote: string } {
  const [, local = "", remote = ""] = /^TCP(?:v6)?:\[(.*)->(.*)\]$/.exec(on) ?? [];
  return { local, remote };
}
