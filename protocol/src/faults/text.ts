import type { FaultCode } from "./codes.ts";
import { english } from "./text.en.ts";
import { french } from "./text.fr.ts";

/** What people read: what happened, what is true now, what to do. */
export interface FaultText {
  readonly what: string;
  readonly now: string;
  readonly remedy: string;
}

export type Language = "en" | "fr";

const TEXTS: Record<Language, Record<FaultCode, FaultText>> = { en: english, fr: french };

export const faultText = (code: FaultCode, language: Language): FaultText => TEXTS[language][code];
