import type { ARCHIVE_WARNINGS, ArchivePreview, Language } from "@fyr/protocol";

type Warning = (typeof ARCHIVE_WARNINGS)[number];

/** What is to be read before an organisation is archived. */
const TEXTS: Readonly<Record<Warning, Readonly<Record<Language, string>>>> = {
  REMOVE_DEVICES_FIRST: {
    en: "We recommend that you remove the devices before you archive the organisation.",
    fr: "Nous vous recommandons de supprimer les périphériques avant d’archiver l’organisation.",
  },
  LICENCES_LOST: {
    en: "The organisation’s active subscription licences will no longer be available, and there is no refund.",
    fr: "Les licences d’abonnement actives de l’organisation ne seront plus disponibles, et aucun remboursement n’est possible.",
  },
  SAVE_THE_ID: {
    en: "Nobody in the organisation can undo this. Save the organisation’s ID: should it have been a mistake, technical support needs it.",
    fr: "Personne dans l’organisation ne peut annuler cette opération. Sauvegardez l’ID de l’organisation : en cas d’erreur, le support technique en a besoin.",
  },
};

export const archiveWarnings = (language: Language): ArchivePreview["warnings"] =>
  (Object.keys(TEXTS) as Warning[]).map((code) => ({ code, text: TEXTS[code][language] }));
