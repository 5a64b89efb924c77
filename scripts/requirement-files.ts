import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRequirements, titlesIn, type Requirement, type Title } from "./requirement-book.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TESTS = "**/*.{test,contract}.{ts,tsx}";
const ELSEWHERE = ["**/node_modules/**", "**/dist/**"];

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

export const allRequirements = (): Requirement[] => readRequirements(read("docs/requirements.md"));

/** The titles of every test in the repository, as far as its file names any requirement: reading takes a while. */
export const allTitles = (): Title[] =>
  globSync(TESTS, { cwd: ROOT, exclude: ELSEWHERE })
    .sort()
    .map((file) => ({ file, source: read(file) }))
    .filter(({ source }) => /[A-Z]-\d/.test(source))
    .flatMap(({ file, source }) => titlesIn(file, source));
