import type { Language, NewsItem, Page } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { PageWish } from "../ports.ts";
import { NEWS, type NewsEntry } from "./entries.ts";

export interface NewsService {
  /** The newest first; the last page ends with the first change that was ever told. */
  news(language: Language, wish: PageWish): Page<NewsItem>;
}

const DAY = "0000-00-00".length;

const show =
  (language: Language) =>
  ({ id, kind, ...said }: NewsEntry): NewsItem => ({ id, day: id.slice(0, DAY), kind, ...said[language] });

/** @param entries in any order */
export function newsService(entries: readonly NewsEntry[] = NEWS): NewsService {
  const newestFirst = entries.toSorted((one, other) => (one.id < other.id ? 1 : -1));
  return {
    news(language, { after, limit }) {
      const older = newestFirst.filter(({ id }) => after === undefined || id < after);
      return pageOf(older.slice(0, limit + 1), { limit }, ({ id }) => id, show(language));
    },
  };
}
