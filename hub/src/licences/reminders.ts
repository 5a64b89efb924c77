import { eventsOf, type Book } from "./book.ts";
import type { Catalogue, Product } from "./catalogue.ts";
import { addDays, daysBetween, earlier, lastUsableDay, later, type CivilDate } from "./civil-date.ts";
import { total } from "./need.ts";
import { graceCover, statusOn, type ProductStatus } from "./status.ts";
import { wholeLicences } from "./ticks.ts";

/** Something that people are told once. */
export interface Reminder {
  /** Tells it from every other, so that a repetition is known. */
  readonly id: string;
  readonly kind: "lotExpires" | "trialEnds" | "graceEnds" | "yearEnds" | "coverEnded" | "growth" | "fileEnds";
  /** To the organisation's admins, or to the hub's operator. */
  readonly to: "admins" | "operator";
  readonly product: string;
  /** The last usable day of what ends or ended; for growth the day of the flag. */
  readonly day: CivilDate;
  readonly facts: Readonly<Record<string, string | number>>;
}

/** The last licence file of a system without a network. */
export interface LastFile {
  readonly systemId: string;
  readonly name: string;
  readonly product: string;
  readonly serial: number;
  readonly validUntil: CivilDate | null;
}

const LOT_DAYS = [180, 90, 30, 7];
/** A grace is told of on its first day, which is the day of the renewal. */
const STATE_DAYS = { trial: [7, 1], grace: [30, 20, 7, 1], licensed: [90, 30, 7] } as const;
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

function ending({ state, until }: ProductStatus, { code }: Product, on: CivilDate): Reminder[] {
  if (until === null || (state !== "trial" && state !== "grace" && state !== "licensed")) return [];
  const before = mark(STATE_DAYS[state], until, on);
  if (before === undefined) return [];
  const told = { id: `${code}/${state}/${until}/${before}`, kind: ENDS[state], to: "admins" } as const;
  return [{ ...told, product: code, day: lastUsableDay(until), facts: { before } }];
}

/** Once per year: since when devices of the product are without cover. */
function ended(book: Book, product: Product, status: ProductStatus, on: CivilDate): Reminder[] {
  const { state, year, inUse, covered } = status;
  const events = eventsOf(book, product);
  if (year === null || events.startedOn === null || (state !== "unlicensed" && state !== "partial"))
    return [];
  const uncovered = total(inUse) - total(covered);
  if (uncovered <= 0) return [];
  const { code, trialDays, graceDays } = product;
  const grace = graceCover(events, year.index) === null ? year.start : addDays(year.start, graceDays);
  const end = earlier(on, later(grace, addDays(events.startedOn, trialDays)));
  const told = { id: `${code}/ended/${year.index}`, kind: "coverEnded", to: "admins" } as const;
  return [{ ...told, product: code, day: lastUsableDay(end), facts: { uncovered, inUse: total(inUse) } }];
}

function growing({ growth, inUse, standing }: ProductStatus, { code }: Product, on: CivilDate): Reminder[] {
  if (!growth) return [];
  const age = daysBetween(growth.raisedOn, on);
  const facts = { inUse: total(inUse), seats: total(standing.seats), minimum: total(growth.minimum) };
  const of = { kind: "growth", product: code, day: growth.raisedOn, facts } as const;
  const id = `${code}/growth/${growth.raisedOn}`;
  const due = GROWTH_DAYS.filter((day) => day <= age).at(-1);
  const told: Reminder[] = due === undefined ? [] : [{ ...of, id: `${id}/${due}`, to: "admins" }];
  return age < OPERATOR_DAY ? told : [...told, { ...of, id: `${id}/operator`, to: "operator" }];
}

function states(book: Book, product: Product, on: CivilDate): Reminder[] {
  const status = statusOn(eventsOf(book, product), on);
  return [
    ...ending(status, product, on),
    ...ended(book, product, status, on),
    ...growing(status, product, on),
  ];
}

function file({ systemId, name, product, serial, validUntil }: LastFile, on: CivilDate): Reminder[] {
  const before = validUntil === null ? undefined : mark(FILE_DAYS, validUntil, on);
  if (before === undefined || validUntil === null) return [];
  const told = { id: `file/${systemId}/${serial}/${before}`, kind: "fileEnds", to: "admins" } as const;
  return [{ ...told, product, day: lastUsableDay(validUntil), facts: { systemId, name, before } }];
}

/** What people are to be told on a day (L-12, L-31, L-74, R-135): the same for the same facts, each with its own id. */
export const remindersOn = (
  book: Book,
  catalogue: Catalogue,
  files: readonly LastFile[],
  on: CivilDate,
): Reminder[] => [
  ...lots(book, on),
  ...catalogue.flatMap((product) => states(book, product, on)),
  ...files.flatMap((each) => file(each, on)),
];

/** The first day on which everything that `on` brings is past. */
export const nextDay = (on: CivilDate): CivilDate => addDays(on, 1);
