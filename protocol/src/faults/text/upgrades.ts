import { UNCHANGED, UNTOUCHED, say, type FaultTexts } from "./say.ts";

/** Asking for upgrades: what people read. */
export const upgrades = {
  UPGRADE_ACTIVE: {
    en: say(
      "This device already has an upgrade under way.",
      UNCHANGED.en,
      "Wait for its end, or cancel it first.",
    ),
    fr: say(
      "Une mise à niveau de ce périphérique est déjà en cours.",
      UNCHANGED.fr,
      "Attendez sa fin, ou annulez-la d’abord.",
    ),
  },
  UPGRADE_AT_TARGET: {
    en: say("The device already runs this version.", UNCHANGED.en, "Nothing to do."),
    fr: say("Le périphérique exécute déjà cette version.", UNCHANGED.fr, "Rien à faire."),
  },
  CANCEL_TOO_LATE: {
    en: say(
      "The upgrade is past the point of no return.",
      "It goes on; stopping now could damage the device.",
      "Wait for the end that the details name.",
    ),
    fr: say(
      "La mise à niveau a passé le point de non-retour.",
      "Elle continue ; l’arrêter maintenant pourrait endommager le périphérique.",
      "Attendez la fin indiquée dans les détails.",
    ),
  },
  CANCEL_FINISHED: {
    en: say("This upgrade is over.", "Its outcome stands.", "Nothing to do."),
    fr: say("Cette mise à niveau est terminée.", "Son résultat reste.", "Rien à faire."),
  },
  SERVER_CLAIMED: {
    en: say(
      "The server has begun its upgrade.",
      "It goes on; an installer is never stopped.",
      "You can pause the servers that have not begun.",
    ),
    fr: say(
      "Le serveur a commencé sa mise à niveau.",
      "Elle continue ; un programme d’installation n’est jamais interrompu.",
      "Vous pouvez suspendre les serveurs qui n’ont pas commencé.",
    ),
  },
  CANCELLED: {
    en: say(
      "The upgrade was cancelled.",
      "The device runs its old version.",
      "Start a new upgrade when you want.",
    ),
    fr: say(
      "La mise à niveau a été annulée.",
      "Le périphérique exécute son ancienne version.",
      "Lancez une nouvelle mise à niveau quand vous voulez.",
    ),
  },
  FENCED: {
    en: say(
      "A newer grant of this task is in force.",
      "This attempt stopped where it was safe.",
      "Nothing: the newer attempt goes on.",
    ),
    fr: say(
      "Une attribution plus récente de cette tâche est en vigueur.",
      "Cet essai s’est arrêté là où c’était sûr.",
      "Rien : l’essai plus récent continue.",
    ),
  },
  WINDOW_MISSED: {
    en: say(
      "The maintenance window closed before the upgrade could begin.",
      UNTOUCHED.en,
      "It begins in the next window.",
    ),
    fr: say(
      "La fenêtre de maintenance s’est fermée avant le début de la mise à niveau.",
      UNTOUCHED.fr,
      "Elle commence dans la prochaine fenêtre.",
    ),
  },
  DEADLINE_PASSED: {
    en: say("The upgrade's last date has passed.", UNTOUCHED.en, "Start a new upgrade."),
    fr: say(
      "La date limite de la mise à niveau est passée.",
      UNTOUCHED.fr,
      "Lancez une nouvelle mise à niveau.",
    ),
  },
  DEVICE_CHANGED: {
    en: say(
      "Somebody else put another version on the device while it was being upgraded.",
      "The device runs a version that is neither the old one nor the one ordered.",
      "The upgrade is planned again from the version that now runs.",
    ),
    fr: say(
      "Quelqu’un d’autre a installé une autre version pendant la mise à niveau.",
      "Le périphérique exécute une version qui n’est ni l’ancienne ni celle commandée.",
      "La mise à niveau est replanifiée à partir de la version actuelle.",
    ),
  },
} as const satisfies FaultTexts;
