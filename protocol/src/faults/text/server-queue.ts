import { say, UNCHANGED, type FaultTexts } from "./say.ts";

/** What the hub says when it is asked about servers: what people read. */
export const serverQueue = {
  SERVER_REGISTERED_ELSEWHERE: {
    en: say(
      "This server is registered with another organisation.",
      "It is shown here, but can be neither monitored nor upgraded; the other organisation was told of the attempt.",
      "Have it unregistered where it is; it is then taken over by itself at the agent's next report.",
    ),
    fr: say(
      "Ce serveur est enregistré auprès d’une autre organisation.",
      "Il est affiché ici, mais ne peut être ni surveillé ni mis à niveau ; l’autre organisation a été informée de la tentative.",
      "Faites-le désenregistrer là où il se trouve ; il sera repris de lui-même au prochain rapport de l’agent.",
    ),
  },
  SERVER_VERSION_UNKNOWN: {
    en: say(
      "The server has not told which version it runs, so nobody can say whether the package fits.",
      UNCHANGED.en,
      "Look at the agent on the server's host; ask again once the version is shown.",
    ),
    fr: say(
      "Le serveur n’a pas indiqué sa version ; on ne peut donc pas savoir si le paquet convient.",
      UNCHANGED.fr,
      "Vérifiez l’agent sur la machine du serveur ; redemandez une fois la version affichée.",
    ),
  },
  SERVER_RESTORE_NONE: {
    en: say(
      "This upgrade left nothing to restore, or its restore was asked for already.",
      UNCHANGED.en,
      "A restore is offered once, after an upgrade failed whose backup is there.",
    ),
    fr: say(
      "Cette mise à niveau n’a rien laissé à restaurer, ou sa restauration a déjà été demandée.",
      UNCHANGED.fr,
      "Une restauration est proposée une fois, après l’échec d’une mise à niveau dont la sauvegarde existe.",
    ),
  },
  WINDOW_TOO_SHORT: {
    en: say(
      "The window is too short for an upgrade that cannot be interrupted, or never opens before the deadline.",
      UNCHANGED.en,
      "Choose a window with the room that the details name, or a later deadline.",
    ),
    fr: say(
      "La fenêtre est trop courte pour une mise à niveau qui ne peut être interrompue, ou ne s’ouvre pas avant l’échéance.",
      UNCHANGED.fr,
      "Choisissez une fenêtre de la durée indiquée dans les détails, ou une échéance plus lointaine.",
    ),
  },
} as const satisfies FaultTexts;
