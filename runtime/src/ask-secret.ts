import type { ReadStream } from "node:tty";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** Reads one line without showing it: from a terminal with its echo off, or from a pipe. */
export async function askSecret(
  input: ReadStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string> {
  if (input.isTTY) output.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: input.isTTY });
  try {
    for await (const line of lines) return line;
    throw new Error("nothing was entered");
  } finally {
    lines.close();
    if (input.isTTY) output.write("\n");
  }
}
