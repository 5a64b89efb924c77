import { say, UNCHANGED, type FaultTexts } from "./say.ts";

const AS_BEFORE = {
  en: "Nothing was installed; the server runs as before.",
  fr: "Rien n’a été installé ; le serveur fonctionne comme avant.",
} as const;

const GOES_ON = {
  en: "The installer goes on; it is never stopped.",
  fr: "Le programme d’installation continue ; il n’est jamais interrompu.",
} as const;

const LOOK_OR_RESTORE = {
  en: "Look at the server and at the installer's log; the backup that the details name can be restored.",
  fr: "Examinez le serveur et le journal d’installation ; la sauvegarde indiquée dans les détails peut être restaurée.",
} as const;

/** ACS Pro servers and what installs on them: what people read. */
export const servers = {
  SERVER_WRONG: {
    en: say(
      "The server that the order names is not the one on this host.",
      AS_BEFORE.en,
      "Check whether the host was cloned or replaced, then ask for the upgrade of the server that is there.",
    ),
    fr: say(
      "Le serveur désigné par l’ordre n’est pas celui de cette machine.",
      AS_BEFORE.fr,
      "Vérifiez si la machine a été clonée ou remplacée, puis demandez la mise à niveau du serveur présent.",
    ),
  },
  SERVER_UNREADABLE: {
    en: say(
      "The host would not say what must be known before an upgrade.",
      AS_BEFORE.en,
      "It is asked again; if it stays so, look at the fact that the details name.",
    ),
    fr: say(
      "La machine n’a pas indiqué ce qu’il faut savoir avant une mise à niveau.",
      AS_BEFORE.fr,
      "Elle est interrogée à nouveau ; si cela persiste, vérifiez l’information indiquée dans les détails.",
    ),
  },
  SERVER_DISK_FULL: {
    en: say(
      "The server has too little free disk space for the package and the backup.",
      AS_BEFORE.en,
      "Free the space that the details name; the upgrade can then go on.",
    ),
    fr: say(
      "Le serveur n’a pas assez d’espace disque libre pour le paquet et la sauvegarde.",
      AS_BEFORE.fr,
      "Libérez l’espace indiqué dans les détails ; la mise à niveau pourra alors continuer.",
    ),
  },
  SERVER_UNHEALTHY: {
    en: say(
      "A service of the server does not run, so an upgrade could not be judged.",
      AS_BEFORE.en,
      "Bring the service back that the details name, then let the upgrade go on.",
    ),
    fr: say(
      "Un service du serveur ne fonctionne pas ; une mise à niveau ne pourrait pas être vérifiée.",
      AS_BEFORE.fr,
      "Rétablissez le service indiqué dans les détails, puis laissez la mise à niveau continuer.",
    ),
  },
  SERVER_EXPORTING: {
    en: say("Recordings are being exported.", AS_BEFORE.en, "The upgrade begins when the export is done."),
    fr: say(
      "Des enregistrements sont en cours d’exportation.",
      AS_BEFORE.fr,
      "La mise à niveau commence quand l’exportation est terminée.",
    ),
  },
  SERVER_REBOOT_PENDING: {
    en: say(
      "Windows waits for a restart since an earlier installation.",
      AS_BEFORE.en,
      "Restart the host, then let the upgrade go on.",
    ),
    fr: say(
      "Windows attend un redémarrage depuis une installation précédente.",
      AS_BEFORE.fr,
      "Redémarrez la machine, puis laissez la mise à niveau continuer.",
    ),
  },
  SERVER_BACKUP_FAILED: {
    en: say(
      "The server's data could not be backed up and proved whole.",
      AS_BEFORE.en,
      "Look at the reason in the details; no server is upgraded without a backup.",
    ),
    fr: say(
      "Les données du serveur n’ont pas pu être sauvegardées et vérifiées.",
      AS_BEFORE.fr,
      "Voyez la raison dans les détails ; aucun serveur n’est mis à niveau sans sauvegarde.",
    ),
  },
  SERVER_OVERDUE: {
    en: say(
      "The installation takes longer than it usually may.",
      GOES_ON.en,
      "Nothing yet; look at the host if you are near it.",
    ),
    fr: say(
      "L’installation dure plus longtemps que prévu.",
      GOES_ON.fr,
      "Rien pour l’instant ; examinez la machine si vous êtes sur place.",
    ),
  },
  SERVER_NEEDS_PERSON: {
    en: say(
      "The installation has not ended long after it should have.",
      GOES_ON.en,
      "Look at the host's screen: an installer may be waiting for an answer.",
    ),
    fr: say(
      "L’installation n’est pas terminée longtemps après la fin prévue.",
      GOES_ON.fr,
      "Regardez l’écran de la machine : le programme d’installation attend peut-être une réponse.",
    ),
  },
  SERVER_NO_RETURN: {
    en: say(
      "The installer ended, but the server's service did not come back.",
      "The new version may be installed; the server does not record.",
      LOOK_OR_RESTORE.en,
    ),
    fr: say(
      "L’installation est terminée, mais le service du serveur n’est pas revenu.",
      "La nouvelle version est peut-être installée ; le serveur n’enregistre pas.",
      LOOK_OR_RESTORE.fr,
    ),
  },
  SERVER_VERSION_UNCHANGED: {
    en: say(
      "The installer said that it was done, but the server runs its old version.",
      "The server runs its old version.",
      LOOK_OR_RESTORE.en,
    ),
    fr: say(
      "Le programme d’installation a annoncé la fin, mais le serveur exécute son ancienne version.",
      "Le serveur exécute son ancienne version.",
      LOOK_OR_RESTORE.fr,
    ),
  },
  SERVER_UNVERIFIED: {
    en: say(
      "The new version runs, but not everything that ran before.",
      "The server runs the new version; the details name what is missing.",
      LOOK_OR_RESTORE.en,
    ),
    fr: say(
      "La nouvelle version fonctionne, mais pas tout ce qui fonctionnait avant.",
      "Le serveur exécute la nouvelle version ; les détails indiquent ce qui manque.",
      LOOK_OR_RESTORE.fr,
    ),
  },
  SERVER_RESTORE_FAILED: {
    en: say(
      "The backup could not be restored.",
      "The server stands as the failed upgrade left it; the backup is untouched.",
      "Restore the backup that the details name by hand.",
    ),
    fr: say(
      "La sauvegarde n’a pas pu être restaurée.",
      "Le serveur est dans l’état laissé par la mise à niveau échouée ; la sauvegarde est intacte.",
      "Restaurez à la main la sauvegarde indiquée dans les détails.",
    ),
  },
  SERVER_RESTORE_BY_HAND: {
    en: say(
      "On this host a backup can only be restored by hand.",
      UNCHANGED.en,
      "Restore the backup that the details name with the product's own tool.",
    ),
    fr: say(
      "Sur cette machine, une sauvegarde ne peut être restaurée qu’à la main.",
      UNCHANGED.fr,
      "Restaurez la sauvegarde indiquée dans les détails avec l’outil du produit.",
    ),
  },
  PACKAGE_WRONG_PRODUCT: {
    en: say("The package is for another product than the one on this host.", AS_BEFORE.en, "Choose another."),
    fr: say(
      "Le paquet est destiné à un autre produit que celui de cette machine.",
      AS_BEFORE.fr,
      "Choisissez-en un autre.",
    ),
  },
  PACKAGE_PUBLISHER: {
    en: say(
      "The installer does not carry the publisher's signature.",
      AS_BEFORE.en,
      "Do not run it by hand; ask the publisher for the genuine package.",
    ),
    fr: say(
      "Le programme d’installation ne porte pas la signature de l’éditeur.",
      AS_BEFORE.fr,
      "Ne l’exécutez pas à la main ; demandez le paquet authentique à l’éditeur.",
    ),
  },
  PACKAGE_INVALID: {
    en: say(
      "The package holds something that it must not, or is not a package.",
      AS_BEFORE.en,
      "Ask the publisher for another; the details say what was found.",
    ),
    fr: say(
      "Le paquet contient un élément interdit, ou n’est pas un paquet.",
      AS_BEFORE.fr,
      "Demandez-en un autre à l’éditeur ; les détails indiquent ce qui a été trouvé.",
    ),
  },
  INSTALLER_MISSING: {
    en: say(
      "This host has no installer for this kind of package.",
      AS_BEFORE.en,
      "Look whether the agent's settings name the right kind of host.",
    ),
    fr: say(
      "Cette machine n’a pas de programme d’installation pour ce type de paquet.",
      AS_BEFORE.fr,
      "Vérifiez que les réglages de l’agent désignent le bon type de machine.",
    ),
  },
  INSTALLER_BUSY: {
    en: say(
      "Another installation is running on the host.",
      AS_BEFORE.en,
      "The upgrade is tried again later.",
    ),
    fr: say(
      "Une autre installation est en cours sur la machine.",
      AS_BEFORE.fr,
      "La mise à niveau est réessayée plus tard.",
    ),
  },
  INSTALLER_DENIED: {
    en: say(
      "The host does not allow the agent to install.",
      AS_BEFORE.en,
      "Let the agent's account install software, then let the upgrade go on.",
    ),
    fr: say(
      "La machine n’autorise pas l’agent à installer.",
      AS_BEFORE.fr,
      "Autorisez le compte de l’agent à installer des logiciels, puis laissez la mise à niveau continuer.",
    ),
  },
  INSTALLER_PACKAGE: {
    en: say(
      "The installer could not use the package.",
      AS_BEFORE.en,
      "Ask the publisher; the details hold the installer's code.",
    ),
    fr: say(
      "Le programme d’installation n’a pas pu utiliser le paquet.",
      AS_BEFORE.fr,
      "Adressez-vous à l’éditeur ; les détails contiennent le code du programme.",
    ),
  },
  INSTALLER_STOPPED: {
    en: say(
      "Somebody at the host stopped the installation.",
      "The installer says that it took back what it had done.",
      "Look at the server, then ask for the upgrade again.",
    ),
    fr: say(
      "Quelqu’un a arrêté l’installation sur la machine.",
      "Le programme d’installation dit avoir annulé ce qu’il avait fait.",
      "Examinez le serveur, puis demandez à nouveau la mise à niveau.",
    ),
  },
  INSTALLER_FAILED: {
    en: say(
      "The installation failed.",
      "The details hold the installer's code and the version that runs now.",
      LOOK_OR_RESTORE.en,
    ),
    fr: say(
      "L’installation a échoué.",
      "Les détails contiennent le code du programme et la version qui fonctionne maintenant.",
      LOOK_OR_RESTORE.fr,
    ),
  },
  INSTALLER_CUT: {
    en: say(
      "The installation was cut off, by a power failure for example, and nobody can say how far it came.",
      "It is not started again by itself.",
      LOOK_OR_RESTORE.en,
    ),
    fr: say(
      "L’installation a été coupée, par exemple par une panne de courant, et nul ne sait jusqu’où elle est allée.",
      "Elle n’est pas relancée d’elle-même.",
      LOOK_OR_RESTORE.fr,
    ),
  },
} as const satisfies FaultTexts;
