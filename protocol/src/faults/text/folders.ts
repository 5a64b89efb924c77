import { say, UNCHANGED, type FaultTexts } from "./say.ts";

/** Folders, and the organisation that they are in. */
export const folders = {
  FOLDER_CYCLE: {
    en: say("A folder cannot be moved into itself or below itself.", UNCHANGED.en, "Choose another folder."),
    fr: say(
      "Un dossier ne peut pas être déplacé dans lui-même ou dans l’un de ses sous-dossiers.",
      UNCHANGED.fr,
      "Choisissez un autre dossier.",
    ),
  },
  FOLDER_TOO_DEEP: {
    en: say("Folders nest ten deep at most.", UNCHANGED.en, "Choose a folder further up."),
    fr: say(
      "Les dossiers s’imbriquent sur dix niveaux au plus.",
      UNCHANGED.fr,
      "Choisissez un dossier plus haut dans l’arborescence.",
    ),
  },
  FOLDER_NAME_TAKEN: {
    en: say("There is a folder of this name here already.", UNCHANGED.en, "Choose another name or place."),
    fr: say(
      "Un dossier porte déjà ce nom à cet endroit.",
      UNCHANGED.fr,
      "Choisissez un autre nom ou un autre emplacement.",
    ),
  },
  FOLDER_NOT_EMPTY: {
    en: say(
      "The folder still holds folders, devices or servers.",
      UNCHANGED.en,
      "Move its devices and servers to another folder or remove them, delete its folders, then delete it.",
    ),
    fr: say(
      "Le dossier contient encore des dossiers, des périphériques ou des serveurs.",
      UNCHANGED.fr,
      "Déplacez ses périphériques et ses serveurs dans un autre dossier ou supprimez-les, supprimez ses sous-dossiers, puis supprimez-le.",
    ),
  },
  FOLDER_ROOT: {
    en: say(
      "The default folder stays where it is.",
      UNCHANGED.en,
      "Build the structure below it; it can be renamed.",
    ),
    fr: say(
      "Le dossier par défaut reste en place.",
      UNCHANGED.fr,
      "Construisez la structure en dessous ; il peut être renommé.",
    ),
  },
  TOO_MANY_FOLDERS: {
    en: say("The organisation has as many folders as it can have.", UNCHANGED.en, "Delete some first."),
    fr: say(
      "L’organisation a atteint le nombre maximal de dossiers.",
      UNCHANGED.fr,
      "Supprimez-en d’abord quelques-uns.",
    ),
  },
  ORG_ID_MISMATCH: {
    en: say(
      "This is not the ID of the organisation.",
      UNCHANGED.en,
      "Copy the ID from the organisation’s settings and paste it.",
    ),
    fr: say(
      "Ce n’est pas l’ID de l’organisation.",
      UNCHANGED.fr,
      "Copiez l’ID dans les paramètres de l’organisation et collez-le.",
    ),
  },
  ORG_NOT_ARCHIVED: {
    en: say("The organisation is not archived.", UNCHANGED.en, "Check the ID."),
    fr: say("L’organisation n’est pas archivée.", UNCHANGED.fr, "Vérifiez l’ID."),
  },
  ORG_OWNED: {
    en: say(
      "The organisation has an owner.",
      UNCHANGED.en,
      "Ask an owner to name another one; nobody else can while there is one.",
    ),
    fr: say(
      "L’organisation a déjà un propriétaire.",
      UNCHANGED.fr,
      "Demandez à un propriétaire d’en désigner un autre ; personne d’autre ne le peut tant qu’il y en a un.",
    ),
  },
} as const satisfies FaultTexts;
