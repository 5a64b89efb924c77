import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

export type Json = Record<string, unknown>;

/** What the document says of a schema, and the named schemas it met on the way. */
export interface Components {
  /** A reference for a schema with a name, the schema itself otherwise. */
  describe(schema: z.ZodType, io: "input" | "output"): Json;
  readonly schemas: Json;
}

const PLACE = "#/components/schemas/";

/** JSON Schema's references point into the document they stand in. */
const relocated = (schema: unknown): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${PLACE}`)) as Json;

export function components(): Components {
  const schemas: Json = {};
  const keep = (name: string, schema: Json): void => {
    if (name in schemas && !isDeepStrictEqual(schemas[name], schema)) {
      throw new Error(`two schemas are called ${name}`);
    }
    schemas[name] = schema;
  };
  return {
    schemas,
    describe(schema, io) {
      const described = z.toJSONSchema(schema, { io, unrepresentable: "any" });
      const { $defs = {}, $schema: _dialect, ...own } = described;
      for (const [name, named] of Object.entries($defs)) keep(name, relocated(named));
      return relocated(own);
    },
  };
}
