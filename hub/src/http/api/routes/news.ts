import { NewsItem, page, PageQuery } from "@fyr/protocol";
import { knownRoute } from "../route.ts";

export const news = [
  knownRoute({
    name: "listNews",
    method: "GET",
    path: "/whats-new",
    summary: "What changed in the product, the newest first, down to the first change",
    query: PageQuery,
    answer: page(NewsItem),
    run: ({ services }, { query, language }) => Promise.resolve(services.news(language, query)),
  }),
];
