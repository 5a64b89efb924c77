import { uuid7Ids, seededRandom } from "@fyr/runtime";
import { allocate } from "../licences/allocate.ts";
import { counted, emptyBook, eventsOf, productOf, type Book } from "../licences/book.ts";
import { CATALOGUE, type Catalogue, type LicenceKind } from "../licences/catalogue.ts";
import { startOfDay, type CivilDate } from "../licences/civil-date.ts";
import { openDesk, type Desk } from "../licences/desk.ts";
import type { Draft } from "../licences/journal.ts";
import type { ByType } from "../licences/need.ts";
import { redeem } from "../licences/redeem.ts";
import { release } from "../licences/release.ts";
import { settle } from "../licences/settle.ts";
import { startSubscription } from "../licences/start.ts";
import { statusOn, type ProductStatus } from "../licences/status.ts";
import { transfer, type TransferLine } from "../licences/transfer.ts";

export const day = (text: string): CivilDate => text as CivilDate;

/** The pure engine with its books in memory: a test walks it through years by naming days. */
export interface Office {
  /** Runs a command at an organisation's desk; what it throws has posted nothing. */
  at<T>(org: string, on: string, work: (desk: Desk) => T): T;
  book(org: string): Book;
  journal(org: string): readonly Draft[];
  count(org: string, on: string, byType: ByType, product?: string): void;
  key(
    org: string,
    on: string,
    items: Record<string, number | [number, number]>,
    kind?: LicenceKind,
    product?: string,
  ): void;
  start(org: string, on: string, product?: string): void;
  fill(org: string, on: string, years: Record<number, ByType>, product?: string): void;
  undo(org: string, on: string, allocation: string, hoursAfter?: number): void;
  transfer(from: string, to: string, on: string, lines: TransferLine[]): void;
  status(org: string, on: string, product?: string): ProductStatus;
}

export function openOffice(catalogue: Catalogue = CATALOGUE): Office {
  const books = new Map<string, Book>();
  const journals = new Map<string, Draft[]>();
  const ids = uuid7Ids({ wall: () => 0 }, seededRandom("office"));
  const bookOf = (org: string): Book => books.get(org) ?? emptyBook(org);
  const deskFor = (org: string, on: string, now = startOfDay(day(on))): Desk =>
    openDesk(bookOf(org), {
      catalogue,
      today: day(on),
      now,
      actor: "account:anna",
      nextId: () => ids.next(),
    });
  const keep = (org: string, desk: Desk): void => {
    books.set(org, desk.book());
    journals.set(org, [...(journals.get(org) ?? []), ...desk.drafts()]);
  };
  const office: Office = {
    at(org, on, work) {
      const desk = deskFor(org, on);
      settle(desk);
      const answer = work(desk);
      keep(org, desk);
      return answer;
    },
    book: bookOf,
    journal: (org) => journals.get(org) ?? [],
    count(org, on, byType, product = "VMS") {
      books.set(org, counted(bookOf(org), product, { on: day(on), byType }));
    },
    key(org, on, items, kind = "subscription", product = "VMS") {
      const lines = Object.entries(items).map(([type, n]) => {
        const [qty, termYears] = typeof n === "number" ? [n, 1] : n;
        return { type, qty, termYears };
      });
      const key = { hash: ids.next(), hint: "7QX4K", kind: kind as "subscription", product, items: lines };
      office.at(org, on, (desk) => redeem(desk, key, new Set()));
    },
    start: (org, on, product = "VMS") => office.at(org, on, (desk) => startSubscription(desk, product, true)),
    fill(org, on, years, product = "VMS") {
      const wish = Object.entries(years).map(([index, items]) => ({ index: Number(index), items }));
      office.at(org, on, (desk) => allocate(desk, { product, years: wish }));
    },
    undo(org, on, allocation, hoursAfter = 0) {
      const desk = deskFor(org, on, startOfDay(day(on)) + hoursAfter * 3_600_000);
      settle(desk);
      release(desk, allocation);
      keep(org, desk);
    },
    transfer(from, to, on, lines) {
      const [source, target] = [deskFor(from, on), deskFor(to, on)];
      settle(source);
      settle(target);
      transfer(source, target, { number: ids.next(), lines }, new Set());
      keep(from, source);
      keep(to, target);
    },
    status: (org, on, product = "VMS") =>
      statusOn(eventsOf(bookOf(org), productOf(catalogue, product)), day(on)),
  };
  return office;
}
