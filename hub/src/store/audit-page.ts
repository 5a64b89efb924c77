import { sql, type SelectQueryBuilder } from "kysely";
import type { AuditWish, Whose } from "../audit/store.ts";
import type { Row, Tables } from "./schema.ts";
import type { Access } from "./tables.ts";

type Within = ReturnType<Access["within"]>;
type Query<Answer> = SelectQueryBuilder<Tables, "audit", Answer>;

/** Sequence numbers that one query looks at: few at first, since most pages are full at once. */
const FIRST_WINDOW = 1_000;
const WIDEST_WINDOW = 50_000;

/** Behind every character that an action is written with. */
const LAST = "~";

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * A page of the audit. However rare what is looked for, no single query reads more than a window of the log, so that
 * SQLite, which answers on this thread, never keeps others waiting for long; and each uses an index that gives its
 * rows by sequence.
 */
export async function auditPage(tables: Within, wish: AuditWish, whose: Whose): Promise<Row<"audit">[]> {
  const bounds = await boundsOf(tables, wish);
  if (bounds === null) return [];
  const actions = wish.action === undefined ? null : await actionsLike(tables, wish.action);
  if (actions?.length === 0) return [];
  const newest = wish.order === "newest";
  const found: Row<"audit">[] = [];
  for (const { low, high } of windows(bounds, newest)) {
    let query = matching(tables.from("audit").selectAll(), wish, whose)
      .where("seq", ">=", low)
      .where("seq", "<=", high)
      .orderBy("seq", newest ? "desc" : "asc")
      .limit(wish.limit + 1 - found.length);
    if (actions) query = query.where("action", "in", actions);
    found.push(...(await query.execute()));
    if (found.length > wish.limit) break;
  }
  return found;
}

/** The time is asked of each row and not of its index: in a window the sequence is the better way in. */
function matching<Answer>(query: Query<Answer>, { actor, object, from, to }: AuditWish, whose: Whose) {
  let asked = query;
  if (whose !== "everybody") asked = asked.where("actor", "=", whose.actor);
  if (actor !== undefined) asked = asked.where("actor", "=", actor);
  if (object !== undefined) asked = asked.where("object", "=", object);
  const at = sql<number>`+${sql.ref("at")}`;
  if (from !== undefined) asked = asked.where(at, ">=", from);
  if (to !== undefined) asked = asked.where(at, "<", to);
  return asked;
}

/** The sequence numbers among which the page lies; null when it is empty. */
async function boundsOf(tables: Within, { after, order, from, to }: AuditWish): Promise<Bounds | null> {
  const timed = from !== undefined || to !== undefined;
  const { low, high } = timed ? await boundsInTime(tables, { from, to }) : await allBounds(tables);
  const cursor = after === undefined ? null : Number(after);
  const cut =
    order === "newest"
      ? { low, high: Math.min(high, (cursor ?? Infinity) - 1) }
      : { low: Math.max(low, (cursor ?? 0) + 1), high };
  return cut.low > cut.high ? null : cut;
}

async function allBounds(tables: Within): Promise<Bounds> {
  const last = await tables
    .from("audit")
    .select(({ fn }) => fn.max<number | null>("seq").as("high"))
    .executeTakeFirst();
  return { low: 1, high: last?.high ?? 0 };
}

/** Clocks are set back now and then, so the time says where to look and not where to stop. */
async function boundsInTime(tables: Within, { from, to }: Pick<AuditWish, "from" | "to">): Promise<Bounds> {
  let query = tables
    .from("audit")
    .select(({ fn }) => [fn.min<number | null>("seq").as("low"), fn.max<number | null>("seq").as("high")]);
  if (from !== undefined) query = query.where("at", ">=", from);
  if (to !== undefined) query = query.where("at", "<", to);
  const found = await query.executeTakeFirst();
  return { low: found?.low ?? 1, high: found?.high ?? 0 };
}

/** The actions that begin like this and were ever done: a look each, however many entries they have. */
async function actionsLike(tables: Within, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (let from: string | null = prefix; from !== null;) {
    const { next }: { next: string | null } = await tables
      .from("audit")
      .select(({ fn }) => fn.min<string | null>("action").as("next"))
      .where("action", found.length === 0 ? ">=" : ">", from)
      .where("action", "<", prefix + LAST)
      .executeTakeFirstOrThrow();
    if (next !== null) found.push(next);
    from = next;
  }
  return found;
}

function* windows({ low, high }: Bounds, newest: boolean): Generator<Bounds> {
  let width = FIRST_WINDOW;
  for (let done = 0, all = high - low + 1; done < all;) {
    const many = Math.min(width, all - done);
    yield newest
      ? { low: high - done - many + 1, high: high - done }
      : { low: low + done, high: low + done + many - 1 };
    done += many;
    width = Math.min(width * 4, WIDEST_WINDOW);
  }
}
