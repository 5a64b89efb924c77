import { sql, type CreateIndexBuilder, type CreateTableBuilder, type Kysely, type RawBuilder } from "kysely";

/** How migrations make tables: text and whole numbers, a key, nothing else. */
export interface Maker {
  /** A column whose name ends in `?` may be null. */
  table(
    name: string,
    key: readonly string[],
    texts: readonly string[],
    ints: readonly string[],
  ): Promise<void>;
  index(name: string, on: string, columns: readonly string[]): CreateIndexBuilder;
  /** Adds a column that every row has; `initial` is what the rows that exist get. */
  addText(table: string, column: string, initial: string): Promise<void>;
  addTextOrNull(table: string, column: string): Promise<void>;
  addInt(table: string, column: string, initial: number): Promise<void>;
  addIntOrNull(table: string, column: string): Promise<void>;
}

export function makerOf(db: Kysely<never> | Kysely<unknown>, text: RawBuilder<unknown>): Maker {
  const { schema } = db as Kysely<unknown>;
  const int = sql`bigint`;
  return {
    async table(name, key, texts, ints) {
      let made: CreateTableBuilder<string, string> = schema.createTable(name);
      const add = (column: string, type: RawBuilder<unknown>) => {
        const required = !column.endsWith("?");
        made = made.addColumn(column.replace("?", ""), type, (built) => (required ? built.notNull() : built));
      };
      for (const column of texts) add(column, text);
      for (const column of ints) add(column, int);
      await made.addPrimaryKeyConstraint(`${name}_key`, [...key]).execute();
    },
    index: (name, on, columns) =>
      schema
        .createIndex(name)
        .on(on)
        .columns([...columns]),
    async addText(table, column, initial) {
      await schema
        .alterTable(table)
        .addColumn(column, text, (c) => c.notNull().defaultTo(initial))
        .execute();
    },
    async addTextOrNull(table, column) {
      await schema.alterTable(table).addColumn(column, text).execute();
    },
    async addInt(table, column, initial) {
      await schema
        .alterTable(table)
        .addColumn(column, int, (c) => c.notNull().defaultTo(initial))
        .execute();
    },
    async addIntOrNull(table, column) {
      await schema.alterTable(table).addColumn(column, int).execute();
    },
  };
}
