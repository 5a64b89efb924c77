import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes minutes, as the list of the slowest files tells after a run. */
const LONG = [
  "test/world/",
  "test/planted-bugs/",
  "test/e2e/demo",
  "test/kill/",
  "test/e2e/",
  "test/mishaps/",
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const found = LONG.findIndex((part) => moduleId.includes(`/${part}`));
  return found < 0 ? LONG.length : found;
};

/** Begins what takes longest first: a file of minutes that begins last has one worker to itself while the other waits. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}
