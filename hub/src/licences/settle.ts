import type { CivilDate } from "./civil-date.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry } from "./journal.ts";
import { yearAt } from "./years.ts";

/** A movement that a day brings by itself. */
interface Due {
  readonly on: CivilDate;
  readonly type: "lots.expire" | "year.close";
  readonly year?: number;
  readonly entries: readonly Entry[];
}

function expiries(desk: Desk): Due[] {
  const { org, lots } = desk.book();
  const due = new Map<CivilDate, Entry[]>();
  for (const { id, place, commodity, ticks, expiresOn } of lots.values()) {
    if (expiresOn > desk.today) continue;
    const entries = due.get(expiresOn) ?? [];
    entries.push({ account: ACCOUNTS[place](org), commodity, ticks: -ticks, lot: id });
    entries.push({ account: ACCOUNTS.expired, commodity, ticks });
    due.set(expiresOn, entries);
  }
  return [...due].map(([on, entries]) => ({ on, type: "lots.expire", entries }));
}

function closings(desk: Desk): Due[] {
  const { org, anchor, balances } = desk.book();
  if (anchor === null) return [];
  const prefix = ACCOUNTS.year(org, 0).slice(0, -1);
  return [...balances].flatMap(([account, held]): Due[] => {
    if (!account.startsWith(prefix)) return [];
    const { index, end } = yearAt(anchor, Number(account.slice(prefix.length)));
    if (end > desk.today) return [];
    const entries = [...held].flatMap(([commodity, ticks]) => [
      { account, commodity, ticks: -ticks },
      { account: ACCOUNTS.used, commodity, ticks },
    ]);
    return [{ on: end, type: "year.close", year: index, entries }];
  });
}

/**
 * Posts what is due by the day alone: lots that have expired, years that are over. Every command does so first, so
 * that nothing depends on whether the daily run came in time.
 */
export function settle(desk: Desk): void {
  const due = [...expiries(desk), ...closings(desk)].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
  for (const { on, type, year, entries } of due) {
    desk.post(type, entries, year === undefined ? {} : { year }, on);
  }
}
