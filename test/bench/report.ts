import Table from "cli-table3";
import type { Figure } from "./figure.ts";

const number = (value: number | null): string => {
  if (value === null) return "";
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(4, digits));
};

const judged = (figure: Figure) =>
  `${number(figure.judged)}${figure.yardstick === null ? ` ${figure.unit}` : " x"}`;

/** The figures as a table, and one line that names every goal that was missed. */
export function asTable(figures: readonly Figure[]): string {
  const table = new Table({
    head: ["", "figure", "unit", "Fyr", "yardstick", "judged", "goal", ""],
    colAligns: ["left", "left", "left", "right", "right", "right", "left", "left"],
    style: { head: [], border: [] },
  });
  for (const figure of figures) {
    const { id, what, unit, product, yardstick, goal, met } = figure;
    table.push([
      id,
      what,
      unit,
      number(product),
      number(yardstick),
      judged(figure),
      goal,
      met ? "met" : "MISSED",
    ]);
  }
  const missed = figures.filter((figure) => !figure.met);
  const verdict =
    missed.length === 0
      ? "Every goal measured here is met."
      : `Missed: ${missed.map((figure) => `${figure.id} ${figure.what} (${judged(figure)}, goal ${figure.goal})`).join("; ")}.`;
  return `${table.toString()}\n${verdict}\n`;
}
