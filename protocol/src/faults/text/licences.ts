import { UNCHANGED, say, type FaultTexts } from "./say.ts";

const NOTHING_MOVED = { en: "No licence was moved.", fr: "Aucune licence n’a été déplacée." } as const;

/** Licences: what people read. */
export const licences = {
  LICENCE_REQUIRED: {
    en: say(
      "This needs a licence that is missing.",
      "Recording, local use, exports and the licence pages go on as before.",
      "Allocate the licences that the details name.",
    ),
    fr: say(
      "Il manque une licence pour cette action.",
      "L’enregistrement, l’usage local, les exports et les pages de licences restent disponibles.",
      "Affectez les licences indiquées dans les détails.",
    ),
  },
  KEY_INVALID: {
    en: say(
      "This licence key is not valid.",
      NOTHING_MOVED.en,
      "Check each character; ask your supplier if it is typed as printed.",
    ),
    fr: say(
      "Cette clé de licence n’est pas valide.",
      NOTHING_MOVED.fr,
      "Vérifiez chaque caractère ; adressez-vous à votre fournisseur si elle est saisie telle qu’imprimée.",
    ),
  },
  KEY_ALREADY_REDEEMED: {
    en: say(
      "This licence key was used before.",
      NOTHING_MOVED.en,
      "Look into the history of your organisations; ask your supplier if none of them used it.",
    ),
    fr: say(
      "Cette clé de licence a déjà été convertie.",
      NOTHING_MOVED.fr,
      "Consultez l’historique de vos organisations ; adressez-vous à votre fournisseur si aucune ne l’a utilisée.",
    ),
  },
  KEY_BATCH_KNOWN: {
    en: say(
      "Keys were issued under this batch name before.",
      "No key was issued.",
      "Choose another name for the new batch.",
    ),
    fr: say(
      "Des clés ont déjà été émises sous ce nom de lot.",
      "Aucune clé n’a été émise.",
      "Choisissez un autre nom pour le nouveau lot.",
    ),
  },
  PRODUCT_UNKNOWN: {
    en: say("There is no such product.", UNCHANGED.en, "Choose a product of the list."),
    fr: say("Ce produit n’existe pas.", UNCHANGED.fr, "Choisissez un produit de la liste."),
  },
  PRODUCT_NOT_REGISTERED: {
    en: say(
      "No software of this product is registered with the organisation.",
      "The subscription has not started.",
      "Register the software first, or upload its system file.",
    ),
    fr: say(
      "Aucun logiciel de ce produit n’est enregistré dans l’organisation.",
      "L’abonnement n’a pas démarré.",
      "Enregistrez d’abord le logiciel, ou chargez son fichier système.",
    ),
  },
  SUBSCRIPTION_STARTED: {
    en: say(
      "The subscription of this product has started before.",
      UNCHANGED.en,
      "Allocate licences to its years.",
    ),
    fr: say(
      "L’abonnement de ce produit a déjà démarré.",
      UNCHANGED.fr,
      "Affectez des licences à ses années.",
    ),
  },
  SUBSCRIPTION_NOT_STARTED: {
    en: say(
      "The subscription of this product has not started.",
      NOTHING_MOVED.en,
      "Start the subscription first.",
    ),
    fr: say(
      "L’abonnement de ce produit n’a pas démarré.",
      NOTHING_MOVED.fr,
      "Démarrez d’abord l’abonnement.",
    ),
  },
  WALLET_INSUFFICIENT: {
    en: say(
      "The wallet does not hold enough licences.",
      NOTHING_MOVED.en,
      "Redeem a licence key or transfer licences from another organisation.",
    ),
    fr: say(
      "Le portefeuille ne contient pas assez de licences.",
      NOTHING_MOVED.fr,
      "Convertissez une clé de licence ou transférez des licences d’une autre organisation.",
    ),
  },
  BELOW_NEED: {
    en: say(
      "These are fewer licences than the year needs.",
      NOTHING_MOVED.en,
      "Allocate at least as many as the details name.",
    ),
    fr: say(
      "L’année nécessite davantage de licences.",
      NOTHING_MOVED.fr,
      "Affectez au moins le nombre indiqué dans les détails.",
    ),
  },
  YEAR_PAST: {
    en: say(
      "This subscription year is over.",
      NOTHING_MOVED.en,
      "Allocate to the current year or a later one.",
    ),
    fr: say(
      "Cette année d’abonnement est terminée.",
      NOTHING_MOVED.fr,
      "Affectez à l’année en cours ou à une année suivante.",
    ),
  },
  YEAR_ORDER: {
    en: say(
      "Years are filled in their order.",
      NOTHING_MOVED.en,
      "Fill the year that the details name first.",
    ),
    fr: say(
      "Les années se remplissent dans l’ordre.",
      NOTHING_MOVED.fr,
      "Remplissez d’abord l’année indiquée dans les détails.",
    ),
  },
  TOO_FAR_AHEAD: {
    en: say(
      "This year is too far ahead.",
      NOTHING_MOVED.en,
      "Allocate up to the year that the details name.",
    ),
    fr: say(
      "Cette année est trop éloignée.",
      NOTHING_MOVED.fr,
      "Affectez jusqu’à l’année indiquée dans les détails.",
    ),
  },
  RELEASE_REFUSED: {
    en: say(
      "This allocation cannot be taken back any more.",
      NOTHING_MOVED.en,
      "Years that have not begun can be released, the current one once, within 24 hours.",
    ),
    fr: say(
      "Cette affectation ne peut plus être annulée.",
      NOTHING_MOVED.fr,
      "Une année future peut être libérée, l’année en cours une fois, dans les 24 heures.",
    ),
  },
  COMPENSATION_SPENT: {
    en: say(
      "The licences that this allocation credited are not all in the wallet any more.",
      NOTHING_MOVED.en,
      "Release what used them first.",
    ),
    fr: say(
      "Les licences créditées par cette affectation ne sont plus toutes dans le portefeuille.",
      NOTHING_MOVED.fr,
      "Libérez d’abord ce qui les a utilisées.",
    ),
  },
  NEED_ADMIN_IN_TARGET: {
    en: say(
      "You are not an admin of the receiving organisation.",
      NOTHING_MOVED.en,
      "Ask one of its admins for the role, or for the transfer.",
    ),
    fr: say(
      "Vous n’êtes pas administrateur de l’organisation destinataire.",
      NOTHING_MOVED.fr,
      "Demandez ce rôle, ou le transfert, à l’un de ses administrateurs.",
    ),
  },
  TRANSFER_SAME_ORG: {
    en: say(
      "Both sides of the transfer are one organisation.",
      NOTHING_MOVED.en,
      "Choose another organisation.",
    ),
    fr: say(
      "Le transfert part d’une organisation vers elle-même.",
      NOTHING_MOVED.fr,
      "Choisissez une autre organisation.",
    ),
  },
  SYSTEM_NOT_HARDWARE_LICENSED: {
    en: say(
      "This system is licensed by subscription.",
      NOTHING_MOVED.en,
      "Extension licences are for systems whose hardware carries licences.",
    ),
    fr: say(
      "Ce système est sous licence d’abonnement.",
      NOTHING_MOVED.fr,
      "Les licences d’extension sont réservées aux systèmes dont le matériel porte des licences.",
    ),
  },
  SYSTEM_FILE_INVALID: {
    en: say(
      "This is no system file that can be trusted.",
      UNCHANGED.en,
      "Create the file again in the software and upload it as it is.",
    ),
    fr: say(
      "Ce fichier système n’est pas fiable.",
      UNCHANGED.fr,
      "Recréez le fichier dans le logiciel et chargez-le tel quel.",
    ),
  },
  SYSTEM_FILE_STALE: {
    en: say(
      "A newer file of this system was uploaded before.",
      UNCHANGED.en,
      "Create a new file in the software and upload it.",
    ),
    fr: say(
      "Un fichier plus récent de ce système a déjà été chargé.",
      UNCHANGED.fr,
      "Créez un nouveau fichier dans le logiciel et chargez-le.",
    ),
  },
  SYSTEM_REGISTERED_ELSEWHERE: {
    en: say(
      "This system is registered with another organisation.",
      UNCHANGED.en,
      "Have it removed there, and upload there the deactivation file that its software writes; without one, wait until its licence file has ended.",
    ),
    fr: say(
      "Ce système est enregistré dans une autre organisation.",
      UNCHANGED.fr,
      "Faites-le retirer de celle-ci et chargez-y le fichier de désactivation écrit par son logiciel ; sans ce fichier, attendez la fin de son fichier de licence.",
    ),
  },
  UPGRADE_PATH_UNKNOWN: {
    en: say("There is no such upgrade licence.", NOTHING_MOVED.en, "Choose one that the product offers."),
    fr: say(
      "Cette licence de mise à niveau n’existe pas.",
      NOTHING_MOVED.fr,
      "Choisissez-en une que le produit propose.",
    ),
  },
  ANCHOR_FIXED: {
    en: say(
      "The dates of this organisation’s years stand.",
      UNCHANGED.en,
      "They can be moved once a product was started, to an earlier day, until a licence is allocated.",
    ),
    fr: say(
      "Les dates des années de cette organisation sont fixées.",
      UNCHANGED.fr,
      "Elles ne peuvent être avancées qu’après le démarrage d’un produit et avant toute affectation de licence.",
    ),
  },
  RMA_REFUSED: {
    en: say("There is nothing to move from this hardware.", NOTHING_MOVED.en, "Check both hardware ids."),
    fr: say(
      "Il n’y a rien à déplacer depuis ce matériel.",
      NOTHING_MOVED.fr,
      "Vérifiez les deux identifiants de matériel.",
    ),
  },
  REVERSAL_REFUSED: {
    en: say(
      "This record cannot be reversed.",
      NOTHING_MOVED.en,
      "Its licences were used meanwhile, or it is of a kind that stands.",
    ),
    fr: say(
      "Cet enregistrement ne peut pas être annulé.",
      NOTHING_MOVED.fr,
      "Ses licences ont été utilisées depuis, ou il est d’un genre définitif.",
    ),
  },
} satisfies FaultTexts;
