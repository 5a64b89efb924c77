import type { FolderDeletion, FOLDER_WARNINGS, Language } from "@fyr/protocol";

type Warning = (typeof FOLDER_WARNINGS)[number];

/** What is to be read before a folder is deleted. */
const TEXTS: Readonly<Record<Warning, Readonly<Record<Language, string>>>> = {
  DISCONNECT_APPLICATIONS: {
    en: "We recommend that you disconnect, for the time being, local applications that synchronise with this folder, such as AXIS Camera Station Pro and body worn systems.",
    fr: "Nous vous recommandons de déconnecter temporairement les applications locales qui se synchronisent avec ce dossier, comme AXIS Camera Station Pro et les systèmes de caméras-piétons.",
  },
  MAY_SYNCHRONISE_AGAIN: {
    en: "Otherwise they may synchronise again at once and make the folder anew. The user manual of each application says how its synchronisation works.",
    fr: "À défaut, elles peuvent se synchroniser de nouveau immédiatement et recréer le dossier. Le manuel d’utilisation de chaque application explique sa synchronisation.",
  },
  SUPPORT_ONLY: {
    en: "Without these precautions the system may be damaged, and then only technical support can repair it.",
    fr: "Sans ces précautions, le système risque d’être corrompu, et seul le support technique peut alors le réparer.",
  },
};

export const warningsIn = (language: Language): FolderDeletion["warnings"] =>
  (Object.keys(TEXTS) as Warning[]).map((code) => ({ code, text: TEXTS[code][language] }));
