import type { Statement } from "better-sqlite3";
import type { Connection } from "./disk.ts";
import type { Cell, Row } from "./rows.ts";

type Values = readonly Cell[] | readonly [Row];

/** A connection that compiles each statement once. */
export interface Session {
  all(sql: string, ...values: Values): Row[];
  get(sql: string, ...values: Values): Row | undefined;
  /** @returns how many rows changed */
  run(sql: string, ...values: Values): number;
  /** All of `work` is on disk when it returns, or none of it. */
  transaction(work: (session: Session) => void): void;
  close(): void;
}

export function openSession(connection: Connection): Session {
  const compiled = new Map<string, Statement<unknown[]>>();
  const statement = (sql: string) => {
    const known = compiled.get(sql) ?? connection.prepare<unknown[]>(sql);
    compiled.set(sql, known);
    return known;
  };
  const inTransaction = connection.transaction((work: (session: Session) => void) => work(session));
  const session: Session = {
    all: (sql, ...values) => statement(sql).all(...values) as Row[],
    get: (sql, ...values) => statement(sql).get(...values) as Row | undefined,
    run: (sql, ...values) => statement(sql).run(...values).changes,
    transaction: (work) => inTransaction.immediate(work),
    close: () => connection.close(),
  };
  return session;
}
