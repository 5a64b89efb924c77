import { say, type FaultTexts } from "./say.ts";

/** The agent's own house: what people read. */
export const site = {
  DISK_FULL: {
    en: say(
      "The agent's disk is full.",
      "Nothing recorded was lost; nothing is begun that could not be recorded.",
      "Make room; work goes on by itself.",
    ),
    fr: say(
      "Le disque de l’agent est plein.",
      "Rien d’enregistré n’est perdu ; rien n’est commencé qui ne puisse être enregistré.",
      "Libérez de la place ; le travail reprend seul.",
    ),
  },
  STORE_FAILED: {
    en: say(
      "The disk refused to store.",
      "Nothing is done that could not be recorded.",
      "Check the disk and the folder's permissions; restart.",
    ),
    fr: say(
      "Le disque a refusé d’enregistrer.",
      "Rien n’est fait qui ne puisse être enregistré.",
      "Vérifiez le disque et les droits du dossier ; redémarrez.",
    ),
  },
  JOURNAL_CORRUPT: {
    en: say(
      "An entry of the agent's journal is damaged.",
      "The device that it is about is left alone.",
      "Check the disk; let the hub grant the task anew.",
    ),
    fr: say(
      "Une entrée du journal de l’agent est endommagée.",
      "Le périphérique concerné est laissé en paix.",
      "Vérifiez le disque ; laissez le hub réattribuer la tâche.",
    ),
  },
  JOURNAL_NEWER: {
    en: say(
      "The agent's journal was written by a newer version.",
      "The agent does not start.",
      "Install the newer version again.",
    ),
    fr: say(
      "Le journal de l’agent a été écrit par une version plus récente.",
      "L’agent ne démarre pas.",
      "Réinstallez la version plus récente.",
    ),
  },
  INSTANCE_RUNNING: {
    en: say(
      "Another process already works with this data folder.",
      "This one has done nothing.",
      "Stop the other process, or use another data folder.",
    ),
    fr: say(
      "Un autre processus travaille déjà avec ce dossier de données.",
      "Celui-ci n’a rien fait.",
      "Arrêtez l’autre processus, ou prenez un autre dossier.",
    ),
  },
  VAULT_SEALED: {
    en: say(
      "The device passwords cannot be opened with this key.",
      "No password was used or changed.",
      "Restore the vault's key file, or enter the passwords again.",
    ),
    fr: say(
      "Les mots de passe des périphériques ne s’ouvrent pas avec cette clé.",
      "Aucun mot de passe n’a été utilisé ni modifié.",
      "Restaurez le fichier de clé du coffre, ou saisissez de nouveau les mots de passe.",
    ),
  },
  ADDRESS_REFUSED: {
    en: say(
      "This address is not one that the installer allowed.",
      "No connection was made.",
      "Add the range to the agent's configuration if it belongs to the site.",
    ),
    fr: say(
      "Cette adresse n’est pas autorisée par l’installateur.",
      "Aucune connexion n’a été faite.",
      "Ajoutez la plage à la configuration de l’agent si elle appartient au site.",
    ),
  },
  CLOCK_UNCERTAIN: {
    en: say(
      "The site does not know the time well enough for its window.",
      "Nothing is started.",
      "Let the agent reach the hub, or give the site a time server.",
    ),
    fr: say(
      "Le site ne connaît pas assez bien l’heure pour sa fenêtre.",
      "Rien n’est démarré.",
      "Laissez l’agent joindre le hub, ou donnez au site un serveur de temps.",
    ),
  },
  PEER_SILENT: {
    en: say(
      "The other side stopped answering.",
      "It is unknown whether it took the message.",
      "The agent looks and tries again.",
    ),
    fr: say(
      "L’autre côté a cessé de répondre.",
      "On ne sait pas s’il a pris le message.",
      "L’agent vérifie et réessaie.",
    ),
  },
  RESPONSE_TOO_LARGE: {
    en: say(
      "The answer is larger than any honest one.",
      "It was not read.",
      "Look at the device or the proxy that answers.",
    ),
    fr: say(
      "La réponse est plus grande que toute réponse honnête.",
      "Elle n’a pas été lue.",
      "Examinez le périphérique ou le proxy qui répond.",
    ),
  },
} as const satisfies FaultTexts;
