import { eventsOf, type Book } from "./book.ts";
import type { Catalogue, Product } from "./catalogue.ts";
import { addDays, daysBetween, lastUsableDay, type CivilDate } from "./civil-date.ts";
import { statusOn } from "./status.ts";
import type { LicenceFileRecord } from "./store.ts";
import { wholeLicences } from "./ticks.ts";

/** Something that people are told once. */
export interface Reminder {
  /** Tells it from every other, so that a repetition is known. */
  readonly id: string;
  readonly kind: "lotExpires" | "trialEnds" | "graceEnds" | "yearEnds" | "growth" | "fileEnds";
  /** To the organisation's admins, or to the hub's operator. */
  readonly to: "admins" | "operator";
  readonly product: string;
  /** The last usable day of what ends; for growth the day of the flag. */
  readonly day: CivilDate;
  readonly facts: Readonly<Record<string, string | number>>;
}

const LOT_DAYS = [180, 90, 30, 7];
const STATE_DAYS = { trial: [7, 1], grace: [20, 7, 1], licensed: [90, 30, 7] } as const;
const GROWTH_DAYS = [0, 7, 21];
const OPERATOR_DAY = 30;
const FILE_DAYS = [60, 30];

/** The nearest of the days before `end` that has come: what was missed is told once and not over and over. */
const mark = (days: readonly number[], end: CivilDate, on: CivilDate): number | undefined =>
  days.filter((before) => daysBetween(on, end) <= before && daysBetween(on, end) > 0).at(-1);

function lots({ lots: open }: Book, on: CivilDate): Reminder[] {
  return [...open.values()].flatMap(({ id, commodity, expiresOn, ticks }) => {
    const before = mark(LOT_DAYS, expiresOn, on);
    const [product = ""] = commodity.split("/");
    if (before === undefined || wholeLicences(ticks) === 0) return [];
    const facts = { commodity, licences: wholeLicences(ticks), before };
    const told = { id: `lot/${id}/${before}`, kind: "lotExpires", to: "admins" } as const;
    return [{ ...told, product, day: lastUsableDay(expiresOn), facts }];
  });
}

const ENDS = { trial: "trialEnds", grace: "graceEnds", licensed: "yearEnds" } as const;

function states(book: Book, product: Product, on: CivilDate): Reminder[] {
  const { state, until, growth, inUse, standing } = statusOn(eventsOf(book, product), on);
  const told: Reminder[] = [];
  if (until !== null && (state === "trial" || state === "grace" || state === "licensed")) {
    const before = mark(STATE_DAYS[state], until, on);
    const id = `${product.code}/${state}/${until}/${before}`;
    const to = { to: "admins", product: product.code, day: lastUsableDay(until) } as const;
    if (before !== undefined) told.push({ id, kind: ENDS[state], ...to, facts: { before } });
  }
  if (growth) {
    const age = daysBetween(growth.raisedOn, on);
    const total = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((sum, n) => sum + n, 0);
    const facts = { inUse: total(inUse), seats: total(standing.seats), minimum: total(growth.minimum) };
    const of = { kind: "growth", product: product.code, day: growth.raisedOn, facts } as const;
    const due = GROWTH_DAYS.filter((day) => day <= age).at(-1);
    const id = `${product.code}/growth/${growth.raisedOn}`;
    if (due !== undefined) told.push({ ...of, id: `${id}/${due}`, to: "admins" });
    if (age >= OPERATOR_DAY) told.push({ ...of, id: `${id}/operator`, to: "operator" });
  }
  return told;
}

function file({ systemId, serial, validUntil }: LicenceFileRecord, on: CivilDate): Reminder[] {
  const before = validUntil === null ? undefined : mark(FILE_DAYS, validUntil, on);
  if (before === undefined || validUntil === null) return [];
  const told = { id: `file/${systemId}/${serial}/${before}`, kind: "fileEnds", to: "admins" } as const;
  return [{ ...told, product: "", day: lastUsableDay(validUntil), facts: { systemId, before } }];
}

/** What people are to be told on a day (L-12, L-31, L-74): the same for the same facts, each with an id of its own. */
export const remindersOn = (
  book: Book,
  catalogue: Catalogue,
  files: readonly LicenceFileRecord[],
  on: CivilDate,
): Reminder[] => [
  ...lots(book, on),
  ...catalogue.flatMap((product) => states(book, product, on)),
  ...files.flatMap((each) => file(each, on)),
];

/** The first day on which everything that `on` brings is past. */
export const nextDay = (on: CivilDate): CivilDate => addDays(on, 1);
