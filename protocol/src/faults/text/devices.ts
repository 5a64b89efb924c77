import { UNTOUCHED, say, type FaultTexts } from "./say.ts";

/** Devices as the agent meets them: what people read. */
export const devices = {
  DEVICE_UNKNOWN: {
    en: say(
      "The agent does not know this device.",
      UNTOUCHED.en,
      "Check that the device is switched on and that its address range is configured.",
    ),
    fr: say(
      "L’agent ne connaît pas ce périphérique.",
      UNTOUCHED.fr,
      "Vérifiez qu’il est sous tension et que sa plage d’adresses est configurée.",
    ),
  },
  DEVICE_UNREACHABLE: {
    en: say(
      "The device does not answer.",
      UNTOUCHED.en,
      "Check its power and network; the agent tries again.",
    ),
    fr: say(
      "Le périphérique ne répond pas.",
      UNTOUCHED.fr,
      "Vérifiez son alimentation et son réseau ; l’agent réessaie.",
    ),
  },
  DEVICE_DENIED: {
    en: say(
      "The device refused our user name or password.",
      UNTOUCHED.en,
      "Enter the device's password at the agent; the upgrade then goes on.",
    ),
    fr: say(
      "Le périphérique a refusé notre nom d’utilisateur ou notre mot de passe.",
      UNTOUCHED.fr,
      "Saisissez le mot de passe du périphérique sur l’agent ; la mise à niveau reprend alors.",
    ),
  },
  DEVICE_NO_CREDENTIALS: {
    en: say(
      "The agent has no password for this device.",
      UNTOUCHED.en,
      "Enter the device's password at the agent; the upgrade then goes on.",
    ),
    fr: say(
      "L’agent n’a pas de mot de passe pour ce périphérique.",
      UNTOUCHED.fr,
      "Saisissez le mot de passe du périphérique sur l’agent ; la mise à niveau reprend alors.",
    ),
  },
  DEVICE_WRONG: {
    en: say(
      "Another device answers at this address.",
      UNTOUCHED.en,
      "The agent looks for the right one; check for a changed address.",
    ),
    fr: say(
      "Un autre périphérique répond à cette adresse.",
      UNTOUCHED.fr,
      "L’agent cherche le bon ; vérifiez si une adresse a changé.",
    ),
  },
  DEVICE_REPLACED: {
    en: say(
      "The device was exchanged during the upgrade.",
      "The new unit was not touched.",
      "Start an upgrade for the new unit if it needs one.",
    ),
    fr: say(
      "Le périphérique a été échangé pendant la mise à niveau.",
      "Le nouvel appareil n’a pas été touché.",
      "Lancez une mise à niveau du nouvel appareil s’il en a besoin.",
    ),
  },
  DEVICE_KEY_CHANGED: {
    en: say(
      "The device shows another TLS key than before.",
      "No password was sent to it.",
      "Make sure that it is the same unit, then accept its new key at the agent.",
    ),
    fr: say(
      "Le périphérique présente une autre clé TLS qu’auparavant.",
      "Aucun mot de passe ne lui a été envoyé.",
      "Assurez-vous qu’il s’agit du même appareil, puis acceptez sa nouvelle clé sur l’agent.",
    ),
  },
  DEVICE_BUSY: {
    en: say(
      "The device is busy with another firmware request.",
      UNTOUCHED.en,
      "The agent tries again later.",
    ),
    fr: say(
      "Le périphérique traite une autre demande de firmware.",
      UNTOUCHED.fr,
      "L’agent réessaie plus tard.",
    ),
  },
  DEVICE_ANSWER: {
    en: say(
      "The device answered something that makes no sense.",
      "The attempt stopped.",
      "Restart the device; if it stays, look at its log.",
    ),
    fr: say(
      "Le périphérique a donné une réponse incompréhensible.",
      "L’essai s’est arrêté.",
      "Redémarrez le périphérique ; si cela persiste, consultez son journal.",
    ),
  },
  DEVICE_REJECTED: {
    en: say(
      "The device refused the image.",
      "It runs its old version.",
      "Look at the device's own code in the details.",
    ),
    fr: say(
      "Le périphérique a refusé l’image.",
      "Il exécute son ancienne version.",
      "Consultez le code du périphérique dans les détails.",
    ),
  },
  DEVICE_IMAGE_REFUSED: {
    en: say(
      "The device says that this image is not for it.",
      "It runs its old version.",
      "Choose another image; the device's own code stands in the details.",
    ),
    fr: say(
      "Le périphérique indique que cette image n’est pas pour lui.",
      "Il exécute son ancienne version.",
      "Choisissez une autre image ; le code du périphérique figure dans les détails.",
    ),
  },
  DEVICE_DEFAULTED: {
    en: say(
      "The device is in factory-default state.",
      "It has no account, and Fyr does not give it one.",
      "Set the device up, then enter its password at the agent.",
    ),
    fr: say(
      "Le périphérique est aux valeurs d’usine.",
      "Il n’a pas de compte, et Fyr ne lui en crée pas.",
      "Configurez-le, puis saisissez son mot de passe sur l’agent.",
    ),
  },
  DEVICE_UNCOMMITTED: {
    en: say(
      "Somebody else's upgrade is still on trial on this device.",
      UNTOUCHED.en,
      "Commit or roll back that upgrade first.",
    ),
    fr: say(
      "La mise à niveau de quelqu’un d’autre est encore à l’essai sur ce périphérique.",
      UNTOUCHED.fr,
      "Validez ou annulez d’abord cette mise à niveau.",
    ),
  },
  DEVICE_NO_RETURN: {
    en: say(
      "The device has not come back from its upgrade yet.",
      "It may still be flashing; nobody touches it.",
      "Wait; if it stays dark, look at it on site before cutting its power.",
    ),
    fr: say(
      "Le périphérique n’est pas encore revenu de sa mise à niveau.",
      "Il écrit peut-être encore ; personne n’y touche.",
      "Attendez ; s’il reste muet, examinez-le sur place avant de couper son alimentation.",
    ),
  },
  DEVICE_UNREACHABLE_AFTER_UPGRADE: {
    en: say(
      "The device did not come back within the time allowed.",
      "Its state is unknown.",
      "Visit the device.",
    ),
    fr: say(
      "Le périphérique n’est pas revenu dans le temps imparti.",
      "Son état est inconnu.",
      "Rendez-vous sur place.",
    ),
  },
  DEVICE_UNVERIFIED: {
    en: say(
      "The device says that it runs the new version but cannot prove it.",
      "The upgrade is not counted as done.",
      "Look at the device; the readings stand in the details.",
    ),
    fr: say(
      "Le périphérique dit exécuter la nouvelle version mais ne peut le prouver.",
      "La mise à niveau n’est pas comptée comme faite.",
      "Examinez le périphérique ; les relevés figurent dans les détails.",
    ),
  },
  DEVICE_RECOVERY_MODE: {
    en: say("The device is in recovery mode.", "It does not run AXIS OS.", "Visit the device and reset it."),
    fr: say(
      "Le périphérique est en mode de récupération.",
      "Il n’exécute pas AXIS OS.",
      "Rendez-vous sur place et réinitialisez-le.",
    ),
  },
  DEVICE_NEWER: {
    en: say("The device already runs a version newer than the one ordered.", UNTOUCHED.en, "Nothing to do."),
    fr: say(
      "Le périphérique exécute déjà une version plus récente que celle commandée.",
      UNTOUCHED.fr,
      "Rien à faire.",
    ),
  },
  TRANSFER_CUT: {
    en: say(
      "The connection broke while the image was sent.",
      "The device discarded what it had; it runs its old version.",
      "The agent tries again; check the network if it repeats.",
    ),
    fr: say(
      "La connexion s’est coupée pendant l’envoi de l’image.",
      "Le périphérique a jeté ce qu’il avait reçu ; il exécute son ancienne version.",
      "L’agent réessaie ; vérifiez le réseau si cela se répète.",
    ),
  },
  TRANSFER_STALLED: {
    en: say(
      "The device stopped taking the image.",
      "The device discarded what it had; it runs its old version.",
      "The agent tries again; check the network if it repeats.",
    ),
    fr: say(
      "Le périphérique a cessé de recevoir l’image.",
      "Le périphérique a jeté ce qu’il avait reçu ; il exécute son ancienne version.",
      "L’agent réessaie ; vérifiez le réseau si cela se répète.",
    ),
  },
  BACKUP_FAILED: {
    en: say(
      "The device's settings could not be saved before the upgrade.",
      UNTOUCHED.en,
      "Look at the reason, or allow the upgrade without a backup.",
    ),
    fr: say(
      "Les réglages du périphérique n’ont pas pu être sauvegardés avant la mise à niveau.",
      UNTOUCHED.fr,
      "Examinez la raison, ou autorisez la mise à niveau sans sauvegarde.",
    ),
  },
  HEALTH_FAILED: {
    en: say(
      "The device was not well on the new version.",
      "It was rolled back to its old version.",
      "Look at the checks in the details before trying again.",
    ),
    fr: say(
      "Le périphérique n’allait pas bien avec la nouvelle version.",
      "Il est revenu à son ancienne version.",
      "Examinez les contrôles dans les détails avant de réessayer.",
    ),
  },
  COMMIT_FAILED: {
    en: say(
      "The device did not confirm the new version.",
      "It goes back to its old version by itself.",
      "Look at the device's log before trying again.",
    ),
    fr: say(
      "Le périphérique n’a pas validé la nouvelle version.",
      "Il revient seul à son ancienne version.",
      "Consultez son journal avant de réessayer.",
    ),
  },
  ROLLED_BACK: {
    en: say(
      "The device went back to its old version.",
      "It runs as before the upgrade.",
      "Look at its power and its log, then start a new upgrade.",
    ),
    fr: say(
      "Le périphérique est revenu à son ancienne version.",
      "Il fonctionne comme avant la mise à niveau.",
      "Vérifiez son alimentation et son journal, puis lancez une nouvelle mise à niveau.",
    ),
  },
  ROLLBACK_FAILED: {
    en: say(
      "The device could not be rolled back.",
      "It runs the new version, with faults.",
      "Look at the device on site.",
    ),
    fr: say(
      "Le périphérique n’a pas pu revenir en arrière.",
      "Il exécute la nouvelle version, avec des défauts.",
      "Examinez-le sur place.",
    ),
  },
} as const satisfies FaultTexts;
