import { UNTOUCHED, say, type FaultTexts } from "./say.ts";

/** Signed metadata and orders: what people read. */
export const metadata = {
  METADATA_MISSING: {
    en: say(
      "The hub did not give the signed list of images.",
      UNTOUCHED.en,
      "The agent tries again; if it stays, run the hub's doctor command.",
    ),
    fr: say(
      "Le hub n’a pas fourni la liste signée des images.",
      UNTOUCHED.fr,
      "L’agent réessaie ; si cela persiste, lancez la commande doctor du hub.",
    ),
  },
  METADATA_INVALID: {
    en: say(
      "The signed list of images cannot be read.",
      UNTOUCHED.en,
      "Publish the metadata again; look who changed it.",
    ),
    fr: say(
      "La liste signée des images est illisible.",
      UNTOUCHED.fr,
      "Publiez de nouveau les métadonnées ; cherchez qui les a modifiées.",
    ),
  },
  METADATA_SIGNATURE: {
    en: say(
      "The list of images does not carry enough valid signatures of the publishers.",
      UNTOUCHED.en,
      "Treat it as an attack until shown otherwise: compare the keys, publish again.",
    ),
    fr: say(
      "La liste des images ne porte pas assez de signatures valables des éditeurs.",
      UNTOUCHED.fr,
      "Considérez cela comme une attaque jusqu’à preuve du contraire : comparez les clés, publiez de nouveau.",
    ),
  },
  METADATA_EXPIRED: {
    en: say(
      "The signed list of images is too old.",
      "Running upgrades go on; no new one starts.",
      "Sign it again with the publishers' keys.",
    ),
    fr: say(
      "La liste signée des images est trop ancienne.",
      "Les mises à niveau en cours continuent ; aucune nouvelle ne démarre.",
      "Signez-la de nouveau avec les clés des éditeurs.",
    ),
  },
  METADATA_ROLLBACK: {
    en: say(
      "The hub offers an older list of images than this agent has seen.",
      UNTOUCHED.en,
      "Publish the newest metadata; look who put the old one back.",
    ),
    fr: say(
      "Le hub propose une liste d’images plus ancienne que celle déjà vue.",
      UNTOUCHED.fr,
      "Publiez les métadonnées les plus récentes ; cherchez qui a remis les anciennes.",
    ),
  },
  METADATA_MISMATCH: {
    en: say(
      "The parts of the signed list of images do not belong together.",
      UNTOUCHED.en,
      "Publish the metadata again as a whole.",
    ),
    fr: say(
      "Les parties de la liste signée ne vont pas ensemble.",
      UNTOUCHED.fr,
      "Publiez de nouveau l’ensemble des métadonnées.",
    ),
  },
  METADATA_TOO_LARGE: {
    en: say(
      "The list of images is larger than any honest one.",
      UNTOUCHED.en,
      "Look what the hub serves; publish again.",
    ),
    fr: say(
      "La liste des images est plus grande que toute liste honnête.",
      UNTOUCHED.fr,
      "Examinez ce que sert le hub ; publiez de nouveau.",
    ),
  },
  ORDER_SIGNATURE: {
    en: say(
      "The order is not signed by this hub.",
      UNTOUCHED.en,
      "Treat it as an attack until shown otherwise; enrol again if the hub's order key was changed.",
    ),
    fr: say(
      "L’ordre n’est pas signé par ce hub.",
      UNTOUCHED.fr,
      "Considérez cela comme une attaque jusqu’à preuve du contraire ; réinscrivez l’agent si la clé du hub a changé.",
    ),
  },
  ORDER_EXPIRED: {
    en: say("The order reached the agent too late.", UNTOUCHED.en, "Nothing: the hub gives a new one."),
    fr: say("L’ordre est arrivé trop tard à l’agent.", UNTOUCHED.fr, "Rien : le hub en donne un nouveau."),
  },
  ORDER_REPLAYED: {
    en: say(
      "This order, or a later one, was seen before.",
      UNTOUCHED.en,
      "Look whether the hub was restored from a backup.",
    ),
    fr: say(
      "Cet ordre, ou un ordre plus récent, a déjà été vu.",
      UNTOUCHED.fr,
      "Vérifiez si le hub a été restauré depuis une sauvegarde.",
    ),
  },
  ORDER_FOREIGN: {
    en: say("The order is for another agent.", UNTOUCHED.en, "Treat it as an attack until shown otherwise."),
    fr: say(
      "L’ordre est destiné à un autre agent.",
      UNTOUCHED.fr,
      "Considérez cela comme une attaque jusqu’à preuve du contraire.",
    ),
  },
} as const satisfies FaultTexts;
