/** What people read about a fault: what happened, what is true now, what to do. */
export interface FaultText {
  readonly what: string;
  readonly now: string;
  readonly remedy: string;
}

export type Language = "en" | "fr";

export type FaultTexts = Readonly<Record<string, Readonly<Record<Language, FaultText>>>>;

export const say = (what: string, now: string, remedy: string): FaultText => ({ what, now, remedy });

export const UNCHANGED = { en: "Nothing was changed.", fr: "Rien n’a été modifié." } as const;

export const UNTOUCHED = {
  en: "Nothing was sent to the device; it runs as before.",
  fr: "Rien n’a été envoyé au périphérique ; il fonctionne comme avant.",
} as const;
