/** Where the test run's PostgreSQL listens; empty when this machine cannot run one. */
declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

export interface TestDatabase {
  /** Connection address of a database that belongs to the caller alone. */
  readonly url: string;
  drop(): Promise<void>;
}

/** Loaded late, so that tools that use the other doubles need neither vitest nor a driver. */
const serverUrl = async () => (await import("vitest")).inject("postgresUrl");

/**
 * False where no PostgreSQL runs beside the tests:
 * `describe.skipIf(!(await postgresRuns()))("on PostgreSQL", …)`.
 */
export const postgresRuns = async (): Promise<boolean> => (await serverUrl()) !== "";

async function onServer(sql: string): Promise<void> {
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: await serverUrl() });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

let made = 0;

/**
 * Makes an empty database in the PostgreSQL that the test run brings. Drop it when done; what is
 * forgotten goes with the server.
 *
 * @throws Error where `postgresRuns` is false
 */
export async function testDatabase(): Promise<TestDatabase> {
  const url = new URL((await serverUrl()) || missing());
  const name = `test_${process.pid}_${++made}`;
  await onServer(`create database ${name}`);
  url.pathname = name;
  return { url: url.href, drop: () => onServer(`drop database ${name} with (force)`) };
}

function missing(): never {
  throw new Error("No PostgreSQL runs beside these tests; ask postgresRuns() first.");
}
