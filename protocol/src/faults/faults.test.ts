import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FAULT_CODES, Fault, faultText, fromProblem, toProblem } from "../index.ts";

test("every fault is said in both languages, in three whole sentences each", () => {
  for (const code of FAULT_CODES) {
    const [en, fr] = [faultText(code, "en"), faultText(code, "fr")];
    for (const text of [...Object.values(en), ...Object.values(fr)]) expect(text).toMatch(/^\p{Lu}.*[.]$/u);
    expect(en.what).not.toBe(fr.what);
  }
});

test("no two faults say the same", () => {
  for (const language of ["en", "fr"] as const) {
    const said = FAULT_CODES.map((code) => faultText(code, language).what);
    expect(new Set(said).size).toBe(said.length);
  }
});

test("a fault survives its journey as a problem document", () => {
  for (const code of FAULT_CODES) {
    const fault = new Fault(code, { limit: 5, names: ["a"] });
    const back = fromProblem(JSON.parse(JSON.stringify(toProblem(fault, "fr"))));
    expect(back).toMatchObject({ code, details: { limit: 5, names: ["a"] }, status: fault.status });
  }
  expect(fromProblem({ title: "Bad Gateway" })).toBeUndefined();
  expect(fromProblem("<html>")).toBeUndefined();
});

test("the documentation lists every fault", () => {
  const page = readFileSync(new URL("../../../docs/faults.md", import.meta.url), "utf8");
  for (const code of FAULT_CODES) expect(page).toContain(`\`${code}\``);
});
