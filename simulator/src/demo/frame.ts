import type { Row } from "./rows.ts";

const BAR = 20;

const bar = (percent: number): string => {
  const full = Math.round((percent / 100) * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
};

/** `1:05`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export const versions = ({ from, to }: Row): string => (to === null ? from : `${from} → ${to}`);

function line(row: Row): string {
  const progress =
    row.to === null
      ? " ".repeat(BAR + 5)
      : `${bar(row.percent)} ${String(Math.round(row.percent)).padStart(3)}%`;
  const left = row.leftMs === null ? "" : `${clockText(row.leftMs)} left`;
  return `  ${row.model.padEnd(14)} ${versions(row).padEnd(24)} ${progress}  ${row.doing.padEnd(20)} ${left}`.trimEnd();
}

/** Rows that fit, those where something happens first. */
function visible(rows: readonly Row[], height: number): Row[] {
  if (rows.length <= height) return [...rows];
  return [...rows].sort((a, b) => Number(a.over) - Number(b.over) || b.percent - a.percent).slice(0, height);
}

/** The picture of this moment for a terminal of `height` lines. */
export function frame(rows: readonly Row[], status: string, height: number): string {
  const shown = visible(rows, Math.max(3, height - 4));
  const hidden = rows.length - shown.length;
  return [...shown.map(line), ...(hidden > 0 ? [`  … and ${hidden} more`] : []), "", `  ${status}`].join(
    "\n",
  );
}

/** What changed since the last look, one line each, for logs and pipes. */
export function changes(before: ReadonlyMap<string, Row>, rows: readonly Row[]): Row[] {
  return rows.filter((row) => before.get(row.serial)?.doing !== row.doing);
}

export const changeLine = (row: Row): string =>
  [
    row.serial,
    row.model.padEnd(14),
    versions(row).padEnd(24),
    row.doing,
    row.over ? "" : `${Math.round(row.percent)}%`,
  ]
    .join("  ")
    .trimEnd();
