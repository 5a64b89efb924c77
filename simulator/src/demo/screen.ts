import type { DemoOptions } from "./options.ts";
import { changeLine, changes, frame } from "./frame.ts";
import type { Row } from "./rows.ts";

/** Where the demo tells what happens: a picture on a terminal, lines in a pipe, JSON for programs. */
export interface Screen {
  /** One sentence on what goes on. */
  say(text: string): void;
  show(rows: readonly Row[], status: string): void;
  /** Leaves the last picture standing. */
  settle(): void;
}

export interface Output {
  readonly isTerminal: boolean;
  readonly height: number;
  line(text: string): void;
}

/** The part of log-update that is used. */
interface Redraw {
  (text: string): void;
  clear(): void;
  done(): void;
}

function lines(write: (row: Row) => string, say: Screen["say"], output: Output): Screen {
  const before = new Map<string, Row>();
  return {
    say,
    show(rows) {
      for (const row of changes(before, rows)) output.line(write(row));
      for (const row of rows) before.set(row.serial, row);
    },
    settle: () => {},
  };
}

export async function openScreen({ json }: Pick<DemoOptions, "json">, output: Output): Promise<Screen> {
  if (json) {
    const event = (name: string, fields: object) => output.line(JSON.stringify({ event: name, ...fields }));
    const write = ({ over: _over, ...row }: Row) => JSON.stringify({ event: "device", ...row });
    return lines(write, (text) => event("note", { text }), output);
  }
  if (!output.isTerminal) return lines(changeLine, (text) => output.line(text), output);
  const redraw: Redraw = (await import("log-update")).default;
  return {
    say(text) {
      redraw.clear();
      output.line(text);
    },
    show: (rows, status) => redraw(frame(rows, status, output.height)),
    settle: () => redraw.done(),
  };
}
