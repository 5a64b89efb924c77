import { say, UNCHANGED, type FaultTexts } from "./say.ts";

/** Who somebody is, and what they may do. */
export const people = {
  MFA_REQUIRED: {
    en: say(
      "The second factor is missing.",
      "The password was right, but nobody is signed in.",
      "Enter the code of your authenticator app, the code from your mail, or a recovery code; choose a second factor if you have none yet.",
    ),
    fr: say(
      "Le second facteur manque.",
      "Le mot de passe était correct, mais personne n’est connecté.",
      "Saisissez le code de votre application d’authentification, celui reçu par e-mail ou un code de secours ; choisissez un second facteur si vous n’en avez pas encore.",
    ),
  },
  STEP_UP_REQUIRED: {
    en: say(
      "This act needs a fresh second factor.",
      UNCHANGED.en,
      "Enter a code of your second factor again, then repeat the act within five minutes.",
    ),
    fr: say(
      "Cette opération exige une nouvelle saisie du second facteur.",
      UNCHANGED.fr,
      "Saisissez de nouveau un code de votre second facteur, puis répétez l’opération dans les cinq minutes.",
    ),
  },
  SIGN_IN_REFUSED: {
    en: say(
      "E-mail address and password do not fit together.",
      "Nobody is signed in.",
      "Check both; if the password is lost, ask for a new one by mail.",
    ),
    fr: say(
      "L’adresse e-mail et le mot de passe ne correspondent pas.",
      "Personne n’est connecté.",
      "Vérifiez les deux ; si le mot de passe est perdu, demandez-en un nouveau par e-mail.",
    ),
  },
  CODE_INVALID: {
    en: say(
      "The code is wrong, used or over.",
      UNCHANGED.en,
      "Wait for the next code, or ask for a new one, and enter that.",
    ),
    fr: say(
      "Le code est faux, déjà utilisé ou périmé.",
      UNCHANGED.fr,
      "Attendez le code suivant, ou demandez-en un nouveau, et saisissez-le.",
    ),
  },
  PASSWORD_WEAK: {
    en: say(
      "The password is too short, too long, or holds your address.",
      UNCHANGED.en,
      "Choose one of at least ten characters; several words are easy to remember.",
    ),
    fr: say(
      "Le mot de passe est trop court, trop long, ou contient votre adresse.",
      UNCHANGED.fr,
      "Choisissez-en un d’au moins dix caractères ; plusieurs mots se retiennent facilement.",
    ),
  },
  PASSWORD_BREACHED: {
    en: say(
      "The password is on a list of passwords that attackers try first.",
      UNCHANGED.en,
      "Choose another one.",
    ),
    fr: say(
      "Le mot de passe figure sur une liste de ceux que les attaquants essaient d’abord.",
      UNCHANGED.fr,
      "Choisissez-en un autre.",
    ),
  },
  TOKEN_INVALID: {
    en: say("This link is used, over or unknown.", UNCHANGED.en, "Ask for a new one."),
    fr: say("Ce lien est déjà utilisé, périmé ou inconnu.", UNCHANGED.fr, "Demandez-en un nouveau."),
  },
  CROSS_SITE: {
    en: say(
      "The request did not come from the hub’s own page.",
      UNCHANGED.en,
      "Use the console, or a program with a key of its own.",
    ),
    fr: say(
      "La requête ne vient pas d’une page du hub.",
      UNCHANGED.fr,
      "Utilisez la console, ou un programme avec sa propre clé.",
    ),
  },
  PRECONDITION_REQUIRED: {
    en: say(
      "The change does not say which version it was made for.",
      UNCHANGED.en,
      "Read it first, and send its ETag as If-Match.",
    ),
    fr: say(
      "La modification n’indique pas sur quelle version elle porte.",
      UNCHANGED.fr,
      "Lisez d’abord la ressource, puis envoyez son ETag dans If-Match.",
    ),
  },
  OWNER_ONLY: {
    en: say("Only an owner of the organisation may do this.", UNCHANGED.en, "Ask an owner."),
    fr: say(
      "Seul un propriétaire de l’organisation peut le faire.",
      UNCHANGED.fr,
      "Demandez à un propriétaire.",
    ),
  },
  LAST_OWNER: {
    en: say(
      "The organisation would be left without an owner.",
      UNCHANGED.en,
      "Make another admin an owner first, or hand over ownership.",
    ),
    fr: say(
      "L’organisation n’aurait plus de propriétaire.",
      UNCHANGED.fr,
      "Désignez d’abord un autre administrateur comme propriétaire, ou transmettez la propriété.",
    ),
  },
  ORG_ARCHIVED: {
    en: say(
      "The organisation is archived.",
      "Nothing of it can be read or changed; its devices run on.",
      "If it was archived by mistake, give its ID to support.",
    ),
    fr: say(
      "L’organisation est archivée.",
      "Rien ne peut y être lu ni modifié ; ses périphériques continuent de fonctionner.",
      "Si c’est une erreur, communiquez son identifiant au support.",
    ),
  },
} as const satisfies FaultTexts;
