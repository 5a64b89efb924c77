import { Fault, WEEKDAYS, type LocalWindow, type Window } from "@fyr/protocol";
import { Temporal } from "temporal-polyfill";

/** An order carries the windows of so many days at most. */
const MOST_DAYS = 35;

/**
 * The intervals of UTC in which a site's window is open between two moments.
 *
 * @throws Fault MESSAGE_INVALID for a time zone that there is not
 */
export function openings(window: LocalWindow, fromMs: number, untilMs: number): Window[] {
  const first = dayAt(fromMs, window.zone).subtract({ days: 1 });
  const found: Window[] = [];
  for (let n = 0; n <= MOST_DAYS + 1; n++) {
    const day = first.add({ days: n });
    const name = WEEKDAYS[day.dayOfWeek - 1];
    if (name === undefined || !window.days.includes(name)) continue;
    const overnight = window.to <= window.from;
    const opensAt = momentOf(day, window.from, window.zone);
    const closesAt = momentOf(overnight ? day.add({ days: 1 }) : day, window.to, window.zone);
    if (opensAt < closesAt && closesAt > fromMs && opensAt < untilMs) found.push({ opensAt, closesAt });
  }
  return found;
}

function dayAt(ms: number, zone: string): Temporal.PlainDate {
  try {
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
  } catch {
    throw new Fault("MESSAGE_INVALID", { problems: ["window.zone"] });
  }
}

/** A time that a clock change skips is the first one that exists; of one that comes twice it is the first. */
function momentOf(day: Temporal.PlainDate, time: string, zone: string): number {
  const local = day.toPlainDateTime(Temporal.PlainTime.from(time));
  const at = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (at.toPlainDateTime().equals(local)) return at.epochMilliseconds;
  return (at.getTimeZoneTransition("next") ?? at).epochMilliseconds;
}
