import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtemp, writeFile } from "node:fs/promises";
import Table from "cli-table3";
import { sentenceOf } from "../invariants.ts";
import { optionsLine, type WorldOptions } from "../options.ts";
import type { Outcome } from "./crew.ts";
import { entryOf, keptOf } from "./kept.ts";
import type { Failure } from "./shrink.ts";
import { WORLDS_FOR_EVERYTHING, type Hits, type Tally } from "./tally.ts";

export const inThousands = (value: number): string => Math.round(value).toLocaleString("en-US");

const seconds = (ms: number): string => (ms / 1_000).toFixed(3);

/** What brings a world back; a shell hands the options on as they are. */
export const commandFor = (options: WorldOptions): string =>
  `npm run world -- --options '${optionsLine(options)}'`;

/** The line of a long run. */
export const totals = (tally: Tally): string =>
  [
    `${inThousands(tally.worlds)} seeds`,
    `${inThousands(tally.jobs)} jobs`,
    `${inThousands(tally.uploads)} uploads`,
    `${tally.brokenBy("X1", "I4")} flashed twice`,
    `${tally.brokenBy("X3", "X12", "I8", "I9")} lost`,
    `${tally.brokenBy("X16", "I12")} false successes`,
    `${tally.brokenBy("X5", "I14")} reads across organisations`,
    `${tally.failed} worlds wrong`,
  ].join(", ");

/** What was wrong in a world, with what brings it back and its last lines. */
export async function failureText({ options, wrong, lastLines }: Outcome, lines: number): Promise<string> {
  if (!wrong) return "";
  const { invariant, what, step, atMs } = wrong;
  const shown = lastLines.slice(-lines);
  const file = await written(options, lastLines);
  return [
    ...shown,
    "",
    `Seed ${options.seed} breaks ${invariant} (${sentenceOf(invariant)}):`,
    `  ${what}`,
    `  at step ${inThousands(step)}, ${seconds(atMs)} s of virtual time`,
    ...(shown.length < lastLines.length ? [`  the last ${lastLines.length} lines: ${file}`] : []),
    `  options: ${optionsLine(options)}`,
    `  again:   ${commandFor(options)}`,
    "",
  ].join("\n");
}

/** What became of the first failure when it was made smaller, and how it is kept. */
export function shrunkText(before: Failure, after: Failure): string {
  const [from, to] = [before.wrong.step, after.wrong.step];
  return [
    `Shrunk from ${inThousands(from)} to ${inThousands(to)} steps (${Math.round((100 * to) / from)} %):`,
    `  options: ${optionsLine(after.options)}`,
    `  again:   ${commandFor(after.options)}`,
    "When its cause is known, keep it in test/world/kept-seeds.json (--keep '<cause>' does):",
    `  ${entryOf(keptOf(after, "…"))}`,
    "",
  ].join("\n");
}

async function written({ seed }: WorldOptions, lines: readonly string[]): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "fyr-world-")), `seed-${seed}.txt`);
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

function hitsTable(title: string, hits: ReadonlyMap<string, Hits>): string {
  const table = new Table({
    head: [title, "times", "seeds"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  const sorted = [...hits].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [name, { times, worlds }] of sorted) table.push([name, inThousands(times), inThousands(worlds)]);
  return table.toString();
}

/** Figures, faults and sometimes-properties of a run; in short, what was missing. */
export function summary(tally: Tally, wallMs: number): string {
  const { worlds, steps, virtualMs, cpuMs } = tally;
  const perMinute = worlds / (cpuMs / 60_000);
  const lacks = [
    ...tally.unfired().map((name) => `fault ${name} never struck`),
    ...tally.unseen().map((name) => `never seen: ${name}`),
  ];
  const isJudged = worlds >= WORLDS_FOR_EVERYTHING;
  const verdict =
    tally.failed > 0
      ? `${inThousands(tally.failed)} of ${inThousands(worlds)} worlds went wrong.`
      : tally.lacksSomething()
        ? "Nothing went wrong, but not everything happened that should have."
        : "Nothing went wrong.";
  return [
    hitsTable("fault", tally.faults),
    hitsTable("sometimes", tally.seen),
    ...(isJudged ? lacks : []),
    totals(tally),
    `${inThousands(steps)} steps, ${inThousands(virtualMs / 3_600_000)} hours of virtual time in ${inThousands(wallMs / 1_000)} s; ` +
      `${inThousands(perMinute)} seeds per minute and core`,
    ...(isJudged || lacks.length === 0
      ? []
      : [
          `${lacks.length} faults and properties did not happen; from ${inThousands(WORLDS_FOR_EVERYTHING)} seeds on they must.`,
        ]),
    verdict,
    "",
  ].join("\n");
}
