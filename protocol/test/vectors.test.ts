import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as protocol from "../src/index.ts";

const FOLDER = new URL("vectors/v1/", import.meta.url);

const schemas = Object.entries(protocol).flatMap(([name, value]) =>
  value instanceof z.ZodType && value.meta()?.id ? [[name, value] as const] : [],
);

describe("sample messages of wire version 1 parse for ever", () => {
  test.each(schemas)("%s", (name, schema) => {
    const samples = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as unknown[];
    expect(samples.length).toBeGreaterThan(0);
    for (const sample of samples) {
      expect(schema.parse(sample)).toEqual(sample);
      if (typeof sample === "object") expect(schema.safeParse({ ...sample, surplus: 1 }).success).toBe(false);
    }
  });

  test("every file belongs to a schema", () => {
    const names = schemas.map(([name]) => `${name}.json`).sort();
    expect(readdirSync(FOLDER).sort()).toEqual(names);
  });
});
