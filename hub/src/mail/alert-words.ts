import type { AlertKind, Language } from "@fyr/protocol";
import { quoted, type LetterOf } from "./letter.ts";

type Facts = Pick<LetterOf<"server_alert">, "part" | "value" | "limit">;
type Words = Readonly<Record<AlertKind, (facts: Facts) => string>>;

const en: Words = {
  cpu: ({ value, limit }) => `The processors are busy: ${value} % (limit ${limit} %).`,
  memory: ({ value, limit }) => `Memory is almost full: ${value} % (limit ${limit} %).`,
  storage: ({ part, value, limit }) => `Little free space on ${quoted(part)}: ${value} % (limit ${limit} %).`,
  retention: ({ value, limit }) =>
    `Recordings are kept for ${value} % of the time that is wanted (limit ${limit} %).`,
  service_down: ({ value }) => `Services that do not run: ${value}.`,
  recording_gap: ({ value, limit }) => `Nothing was recorded for ${value} minutes (limit ${limit}).`,
  upgrade_overdue: ({ value, limit }) =>
    `An upgrade has been running for ${value} minutes (limit ${limit}). The installer goes on; it is never stopped.`,
};

const fr: Words = {
  cpu: ({ value, limit }) => `Les processeurs sont très occupés : ${value} % (limite ${limit} %).`,
  memory: ({ value, limit }) => `La mémoire est presque pleine : ${value} % (limite ${limit} %).`,
  storage: ({ part, value, limit }) =>
    `Peu d’espace libre sur ${quoted(part)} : ${value} % (limite ${limit} %).`,
  retention: ({ value, limit }) =>
    `Les enregistrements sont conservés pendant ${value} % de la durée voulue (limite ${limit} %).`,
  service_down: ({ value }) => `Services arrêtés : ${value}.`,
  recording_gap: ({ value, limit }) => `Rien n’a été enregistré pendant ${value} minutes (limite ${limit}).`,
  upgrade_overdue: ({ value, limit }) =>
    `Une mise à niveau est en cours depuis ${value} minutes (limite ${limit}). L’installation continue ; elle n’est jamais interrompue.`,
};

const WORDS: Readonly<Record<Language, Words>> = { en, fr };

/** What an alert is about, in a sentence. */
export const alertWords = (language: Language, kind: AlertKind, facts: Facts): string =>
  WORDS[language][kind](facts);
