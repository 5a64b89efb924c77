import type Database from "better-sqlite3";
import type { Statement } from "better-sqlite3";

type Connection = Database.Database;

/** What is told of one connection, and may refuse by throwing. */
export interface Watcher {
  /** At each call. */
  onCall(): void;
  /** A transaction that changed something is about to be committed. What is thrown takes it back. */
  beforeCommit(): void;
  afterCommit(): void;
  /** A setting may have been changed. */
  onPragma(text: string): void;
  /** In place of closing. */
  close(): void;
}

type Run = (...values: unknown[]) => unknown;

const verbOf = (sql: string): string => /^\s*([a-z]+(?:\s+to)?)/i.exec(sql)?.[1]?.toLowerCase() ?? "";

/** The connection, every commit of which is watched, however it is made. */
export function watched(real: Connection, watcher: Watcher): Connection {
  let hasChanged = false;

  const commit = <Answer>(act: () => Answer): Answer => {
    if (hasChanged) watcher.beforeCommit();
    const answer = act();
    if (hasChanged) {
      hasChanged = false;
      watcher.afterCommit();
    }
    return answer;
  };

  /** A statement on its own is a transaction of its own. */
  function alone<Answer>(act: () => Answer): Answer {
    if (real.inTransaction) return act();
    real.exec("begin");
    try {
      const answer = act();
      commit(() => real.exec("commit"));
      return answer;
    } catch (error) {
      if (real.open && real.inTransaction) real.exec("rollback");
      hasChanged = false;
      throw error;
    }
  }

  function change(act: () => unknown): unknown {
    return alone(() => {
      const answer = act();
      hasChanged ||= Array.isArray(answer)
        ? answer.length > 0
        : ((answer as Database.RunResult | undefined)?.changes ?? 1) > 0;
      return answer;
    });
  }

  function ways(statement: Statement<unknown[]>, sql: string): (act: Run) => Run {
    const verb = verbOf(sql);
    const mind = (act: () => unknown): unknown => {
      if (verb === "commit" || verb === "end") return commit(act);
      if (verb === "rollback") hasChanged = false;
      if (verb === "pragma") watcher.onPragma(sql);
      const isPlain = statement.readonly || /^(begin|rollback|savepoint|release|pragma)/.test(verb);
      return isPlain ? act() : change(act);
    };
    return (act) =>
      (...values) => {
        watcher.onCall();
        return mind(() => act(...values));
      };
  }

  function prepare(sql: string): Statement<unknown[]> {
    watcher.onCall();
    const statement = real.prepare<unknown[]>(sql);
    const way = ways(statement, sql);
    const run = way((...values) => statement.run(...values));
    const all = way((...values) => statement.all(...values));
    const get = way((...values) => statement.get(...values));
    return new Proxy(statement, {
      get(target, name, proxy) {
        if (name === "run") return run;
        if (name === "all") return all;
        if (name === "get") return get;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...values: unknown[]): unknown => {
          watcher.onCall();
          const answer = Reflect.apply(member, target, values) as unknown;
          // `pluck` and its like set the statement and give it back.
          return answer === target ? (proxy as unknown) : answer;
        };
      },
    });
  }

  function transaction(work: Run): unknown {
    let isOutermost = false;
    const inner = real.transaction((...values: unknown[]) => {
      const commits = isOutermost;
      isOutermost = false;
      const answer = work(...values);
      if (commits && hasChanged) watcher.beforeCommit();
      return answer;
    });
    const way =
      (variant: Run): Run =>
      (...values) => {
        watcher.onCall();
        if (real.inTransaction) return variant(...values);
        isOutermost = true;
        hasChanged = false;
        const answer = variant(...values);
        if (hasChanged) {
          hasChanged = false;
          watcher.afterCommit();
        }
        return answer;
      };
    const { deferred, immediate, exclusive } = inner;
    return Object.assign(way(inner), {
      deferred: way(deferred),
      immediate: way(immediate),
      exclusive: way(exclusive),
    });
  }

  const instead: Record<string, unknown> = {
    prepare,
    transaction,
    close: () => watcher.close(),
    exec(sql: string) {
      watcher.onCall();
      if (/\bpragma\b/i.test(sql)) watcher.onPragma(sql);
      const verb = verbOf(sql);
      if (verb === "commit" || verb === "end") commit(() => real.exec(sql));
      else if (/^(begin|rollback|savepoint|release|pragma)/.test(verb)) {
        if (verb === "rollback") hasChanged = false;
        real.exec(sql);
      } else change(() => void real.exec(sql));
    },
    pragma(source: string, options?: Database.PragmaOptions) {
      watcher.onCall();
      const answer = real.pragma(source, options);
      watcher.onPragma(source);
      return answer;
    },
  };
  return new Proxy(real, {
    get(target, name) {
      if (typeof name === "string" && Object.hasOwn(instead, name)) return instead[name];
      if (name === "inTransaction" || name === "open")
        return target.open && Reflect.get(target, name, target);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
