import { answer, pathOf, type Answer } from "../exchange.ts";
import type { Call } from "../inside.ts";

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The page as 5.51 writes it was recorded; newer ones are taken to be alike (vapix.md 2.9). */
export function notFound({ request }: Pick<Call, "request">): Answer {
  const page = `<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL ${escape(pathOf(request))} was not found on this server.\n</BODY></HTML>\n`;
  return answer("text/html; charset=ISO-8859-1", page, 404);
}
