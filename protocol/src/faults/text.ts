import type { FaultCode } from "./codes.ts";
import type { FaultText } from "./say.ts";
import { english } from "./text.en.ts";
import { french } from "./text.fr.ts";

export type { FaultText };

export type Language = "en" | "fr";

const TEXTS: Record<Language, Record<FaultCode, FaultText>> = { en: english, fr: french };

export const faultText = (code: FaultCode, language: Language): FaultText => TEXTS[language][code];
