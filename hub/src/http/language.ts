import type { Language } from "@fyr/protocol";

const WEIGHT = /;\s*q=([01](?:\.\d{0,3})?)\s*$/i;

interface Wish {
  readonly language: Language;
  readonly weight: number;
}

function wish(part: string): Wish | null {
  const tag = part.split(";", 1)[0]?.trim().slice(0, 2).toLowerCase();
  if (tag !== "en" && tag !== "fr") return null;
  return { language: tag, weight: Number(WEIGHT.exec(part)?.[1] ?? 1) };
}

/** The language of ours that an `Accept-Language` header prefers; English when it names none of them. */
export function preferredLanguage(header: string | undefined): Language {
  const wishes = (header ?? "").slice(0, 200).split(",").map(wish);
  const best = wishes.reduce((best, next) => (next && next.weight > (best?.weight ?? 0) ? next : best), null);
  return best?.language ?? "en";
}
