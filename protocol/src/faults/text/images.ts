import { UNCHANGED, UNTOUCHED, say, type FaultTexts } from "./say.ts";

/** Images: what people read. */
export const images = {
  IMAGE_UNKNOWN: {
    en: say("No published image has this digest.", UNCHANGED.en, "Import the image first."),
    fr: say("Aucune image publiée n’a cette empreinte.", UNCHANGED.fr, "Importez d’abord l’image."),
  },
  IMAGE_FORMAT: {
    en: say(
      "The file is no AXIS OS image that Fyr can read.",
      "It was not stored.",
      "Download the image again from the vendor; take the .bin file.",
    ),
    fr: say(
      "Le fichier n’est pas une image AXIS OS lisible par Fyr.",
      "Il n’a pas été enregistré.",
      "Téléchargez de nouveau l’image chez le fabricant ; prenez le fichier .bin.",
    ),
  },
  IMAGE_TRUNCATED: {
    en: say("The image ends too early.", "It was not stored or used.", "Download the image again."),
    fr: say(
      "L’image se termine trop tôt.",
      "Elle n’a été ni enregistrée ni utilisée.",
      "Téléchargez de nouveau l’image.",
    ),
  },
  IMAGE_CORRUPT: {
    en: say(
      "The image's bytes are not those that the publishers signed.",
      UNTOUCHED.en,
      "Check the disk and the line; the image is fetched again for the next attempt.",
    ),
    fr: say(
      "Les octets de l’image ne sont pas ceux que les éditeurs ont signés.",
      UNTOUCHED.fr,
      "Vérifiez le disque et la ligne ; l’image est rechargée pour le prochain essai.",
    ),
  },
  IMAGE_TOO_LARGE: {
    en: say("The image is larger than any AXIS OS image.", "It was not stored.", "Check the file."),
    fr: say(
      "L’image est plus grande que toute image AXIS OS.",
      "Elle n’a pas été enregistrée.",
      "Vérifiez le fichier.",
    ),
  },
  IMAGE_UNTRUSTED: {
    en: say(
      "The publishers did not sign this image.",
      UNTOUCHED.en,
      "Import the image through the publishers' keys.",
    ),
    fr: say(
      "Les éditeurs n’ont pas signé cette image.",
      UNTOUCHED.fr,
      "Importez l’image avec les clés des éditeurs.",
    ),
  },
  IMAGE_WITHDRAWN: {
    en: say("The publishers withdrew this image.", UNTOUCHED.en, "Choose a newer image."),
    fr: say("Les éditeurs ont retiré cette image.", UNTOUCHED.fr, "Choisissez une image plus récente."),
  },
  IMAGE_MODEL_UNNAMED: {
    en: say(
      "The image does not say for which models it is.",
      "It was not stored.",
      "Name the models when importing it.",
    ),
    fr: say(
      "L’image ne dit pas pour quels modèles elle est faite.",
      "Elle n’a pas été enregistrée.",
      "Indiquez les modèles à l’importation.",
    ),
  },
  IMAGE_WRONG_MODEL: {
    en: say("The image is for another model.", UNTOUCHED.en, "Choose the image of this model."),
    fr: say("L’image est faite pour un autre modèle.", UNTOUCHED.fr, "Choisissez l’image de ce modèle."),
  },
  IMAGE_WRONG_HARDWARE: {
    en: say(
      "The image is for another hardware version of this model.",
      UNTOUCHED.en,
      "Choose the image that names this hardware id.",
    ),
    fr: say(
      "L’image est faite pour une autre version matérielle de ce modèle.",
      UNTOUCHED.fr,
      "Choisissez l’image qui cite cet identifiant matériel.",
    ),
  },
  IMAGE_DOWNGRADE: {
    en: say(
      "The device already runs a newer version.",
      UNTOUCHED.en,
      "An older version needs a factory default and is not done by an upgrade.",
    ),
    fr: say(
      "Le périphérique exécute déjà une version plus récente.",
      UNTOUCHED.fr,
      "Une version antérieure exige un retour aux valeurs d’usine ; une mise à niveau ne le fait pas.",
    ),
  },
  IMAGE_PATH_BLOCKED: {
    en: say(
      "The device cannot go to this version in one step.",
      UNTOUCHED.en,
      "Upgrade to the version that the details name first.",
    ),
    fr: say(
      "Le périphérique ne peut pas atteindre cette version en une étape.",
      UNTOUCHED.fr,
      "Passez d’abord à la version citée dans les détails.",
    ),
  },
  IMAGE_UNAVAILABLE: {
    en: say(
      "The image could not be fetched from the hub.",
      UNTOUCHED.en,
      "The agent goes on fetching where it stopped; check the line.",
    ),
    fr: say(
      "L’image n’a pas pu être chargée depuis le hub.",
      UNTOUCHED.fr,
      "L’agent reprend là où il s’est arrêté ; vérifiez la ligne.",
    ),
  },
  PUBLISHER_KEY_MISSING: {
    en: say(
      "This hub does not hold the publishers' key.",
      "The image was not stored.",
      "Sign the image with the publisher's command line and publish the metadata.",
    ),
    fr: say(
      "Ce hub ne détient pas la clé des éditeurs.",
      "L’image n’a pas été enregistrée.",
      "Signez l’image avec la ligne de commande de l’éditeur et publiez les métadonnées.",
    ),
  },
} as const satisfies FaultTexts;
