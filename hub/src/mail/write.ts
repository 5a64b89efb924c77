import type { Language } from "@fyr/protocol";
import type { Draft, Letter, Texts, Written } from "./letter.ts";
import { en } from "./text-en.ts";
import { fr } from "./text-fr.ts";

const TEXTS: Readonly<Record<Language, Texts>> = { en, fr };

/** No letter gives a reason to answer it: nobody reads what comes back. */
const FOOT = {
  en: "This message was written by Fyr. Nobody reads answers to it.",
  fr: "Ce message a été écrit par Fyr. Personne ne lit les réponses.",
} as const;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);

/** A subject is one line whatever it quotes: a line break would begin another header. */
const oneLine = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();

function textOf({ before, link, code, after = [] }: Draft, language: Language): string {
  const middle = [link?.url, code].filter((part) => part !== undefined);
  return `${[...before, ...middle, ...after, `--\n${FOOT[language]}`].join("\n\n")}\n`;
}

function htmlOf({ before, link, code, after = [] }: Draft, language: Language): string {
  const paragraph = (text: string) => `<p>${escaped(text)}</p>`;
  const middle = [
    link && `<p><a href="${escaped(link.url)}">${escaped(link.label)}</a></p><p>${escaped(link.url)}</p>`,
    code && `<p style="font-size:1.6em;letter-spacing:.15em"><strong>${escaped(code)}</strong></p>`,
  ].filter((part) => part !== undefined);
  const body = [...before.map(paragraph), ...middle, ...after.map(paragraph)];
  const foot = `<p style="color:#666"><small>${escaped(FOOT[language])}</small></p>`;
  return `<!doctype html><html lang="${language}"><body>${[...body, foot].join("\n")}</body></html>`;
}

const draftOf = (letter: Letter, texts: Texts): Draft =>
  (texts[letter.kind] as (letter: Letter) => Draft)(letter);

/** The letter in its reader's language, as plain text and as HTML that says the same. */
export function write(letter: Letter, language: Language): Written {
  const draft = draftOf(letter, TEXTS[language]);
  return { subject: oneLine(draft.subject), text: textOf(draft, language), html: htmlOf(draft, language) };
}
