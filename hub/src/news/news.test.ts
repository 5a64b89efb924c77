import { LANGUAGES, NewsItem } from "@fyr/protocol";
import { expect, test } from "vitest";
import { NEWS } from "./entries.ts";
import { newsService } from "./service.ts";

test("R-005: recent changes come first, each in the language of whoever reads", () => {
  const { news } = newsService();
  const [english, french] = LANGUAGES.map((language) => news(language, { limit: 3 }).items);
  for (const items of [english, french])
    expect(items?.map((item) => NewsItem.parse(item).day)).toEqual(
      items
        ?.map(({ day }) => day)
        .sort()
        .reverse(),
    );
  expect(english?.map(({ id }) => id)).toEqual(french?.map(({ id }) => id));
  expect(english?.map(({ title }) => title)).not.toEqual(french?.map(({ title }) => title));
});

test("R-006: the same list goes on to the first change that was ever told, each once", () => {
  const { news } = newsService();
  const seen: string[] = [];
  for (let after: string | undefined, more = true; more;) {
    const { items, next } = news("en", { after, limit: 2 });
    seen.push(...items.map(({ id }) => id));
    after = next ?? undefined;
    more = next !== null;
  }
  expect(seen).toEqual(
    NEWS.map(({ id }) => id)
      .sort()
      .reverse(),
  );
  expect(new Set(seen).size).toBe(NEWS.length);
});

test("every entry says something of its own in every language", () => {
  for (const entry of NEWS) {
    for (const language of LANGUAGES) {
      const { title, text } = entry[language];
      expect(
        [title, text].every((said) => said.trim() === said && said.length > 5),
        entry.id,
      ).toBe(true);
    }
    expect(entry.en.text).not.toBe(entry.fr.text);
  }
});
