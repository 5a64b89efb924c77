import { UNCHANGED, say, type FaultTexts } from "./say.ts";

/** What reaches a door of the hub: what people read. */
export const door = {
  MESSAGE_INVALID: {
    en: say(
      "The request does not have the expected form.",
      UNCHANGED.en,
      "Correct the places that the details name and send it again.",
    ),
    fr: say(
      "La demande n’a pas la forme attendue.",
      UNCHANGED.fr,
      "Corrigez les endroits cités dans les détails et renvoyez-la.",
    ),
  },
  MESSAGE_TOO_LARGE: {
    en: say(
      "The request is larger than this address accepts.",
      UNCHANGED.en,
      "Send less at once; the limit stands in the details.",
    ),
    fr: say(
      "La demande dépasse la taille acceptée ici.",
      UNCHANGED.fr,
      "Envoyez moins à la fois ; la limite figure dans les détails.",
    ),
  },
  MEDIA_TYPE_UNKNOWN: {
    en: say(
      "The request's content type is not accepted here.",
      UNCHANGED.en,
      "Send the content type that the API description names.",
    ),
    fr: say(
      "Ce type de contenu n’est pas accepté ici.",
      UNCHANGED.fr,
      "Utilisez le type indiqué dans la description de l’API.",
    ),
  },
  UNAUTHENTICATED: {
    en: say(
      "The request does not say who sends it, or the proof does not count any more.",
      UNCHANGED.en,
      "Sign in, or send a valid token.",
    ),
    fr: say(
      "La demande n’indique pas son auteur, ou sa preuve n’est plus valable.",
      UNCHANGED.fr,
      "Connectez-vous ou envoyez un jeton valable.",
    ),
  },
  FORBIDDEN: {
    en: say(
      "You may see this but not change it.",
      UNCHANGED.en,
      "Ask an administrator of the organisation for the role that the details name.",
    ),
    fr: say(
      "Vous pouvez voir cet élément mais pas le modifier.",
      UNCHANGED.fr,
      "Demandez à un administrateur de l’organisation le rôle cité dans les détails.",
    ),
  },
  NOT_FOUND: {
    en: say(
      "There is nothing here, or nothing that you may see.",
      UNCHANGED.en,
      "Check the address and the organisation.",
    ),
    fr: say(
      "Il n’y a rien ici, ou rien que vous puissiez voir.",
      UNCHANGED.fr,
      "Vérifiez l’adresse et l’organisation.",
    ),
  },
  METHOD_UNKNOWN: {
    en: say(
      "This address does not take that method.",
      UNCHANGED.en,
      "Use a method that the API description names.",
    ),
    fr: say(
      "Cette adresse n’accepte pas cette méthode.",
      UNCHANGED.fr,
      "Utilisez une méthode indiquée dans la description de l’API.",
    ),
  },
  IDEMPOTENCY_MISMATCH: {
    en: say(
      "This Idempotency-Key was used before with another request.",
      "The first request stands; this one had no effect.",
      "Use a new key for a new request.",
    ),
    fr: say(
      "Cette Idempotency-Key a déjà servi pour une autre demande.",
      "La première demande reste valable ; celle-ci est sans effet.",
      "Prenez une nouvelle clé pour une nouvelle demande.",
    ),
  },
  VERSION_CONFLICT: {
    en: say(
      "Somebody changed this in the meantime.",
      "Their change stands; yours had no effect.",
      "Read it again and repeat your change.",
    ),
    fr: say(
      "Quelqu’un a modifié cet élément entre-temps.",
      "Sa modification reste ; la vôtre est sans effet.",
      "Relisez l’élément et refaites votre modification.",
    ),
  },
  RANGE_INVALID: {
    en: say(
      "The file has no such range of bytes.",
      UNCHANGED.en,
      "Ask for a range inside the length that the answer names.",
    ),
    fr: say(
      "Le fichier n’a pas cette plage d’octets.",
      UNCHANGED.fr,
      "Demandez une plage comprise dans la longueur indiquée.",
    ),
  },
  WEBSOCKET_ONLY: {
    en: say(
      "This address speaks WebSocket and nothing else.",
      "Nothing was told.",
      "Open it as a WebSocket.",
    ),
    fr: say("Cette adresse ne parle que WebSocket.", "Rien n’a été transmis.", "Ouvrez-la comme WebSocket."),
  },
  TOO_MANY_REQUESTS: {
    en: say(
      "Too many requests came from here in a short time.",
      "This one was not looked at.",
      "Wait as long as Retry-After says.",
    ),
    fr: say(
      "Trop de demandes sont venues d’ici en peu de temps.",
      "Celle-ci n’a pas été examinée.",
      "Attendez la durée indiquée par Retry-After.",
    ),
  },
  HUB_BUSY: {
    en: say(
      "The hub has more to do than it can take on now.",
      "The request was not looked at.",
      "Try again after the time in Retry-After.",
    ),
    fr: say(
      "Le hub a plus à faire qu’il ne peut en prendre.",
      "La demande n’a pas été examinée.",
      "Réessayez après la durée indiquée par Retry-After.",
    ),
  },
  HUB_DISK_FULL: {
    en: say(
      "The hub's disk is full.",
      "Nothing was stored, and nothing stored before was lost.",
      "Make room on the hub's disk; work goes on by itself.",
    ),
    fr: say(
      "Le disque du hub est plein.",
      "Rien n’a été enregistré, et rien d’ancien n’est perdu.",
      "Libérez de la place sur le disque du hub ; le travail reprend seul.",
    ),
  },
  HUB_NOT_INITIALISED: {
    en: say(
      "This data folder holds no hub yet, or not all of one.",
      "Nothing was started.",
      "Run `hub init` with the same data folder; it keeps what is there and makes what is missing.",
    ),
    fr: say(
      "Ce dossier de données ne contient pas encore de hub, ou pas en entier.",
      "Rien n’a démarré.",
      "Lancez `hub init` avec le même dossier ; il garde ce qui existe et crée ce qui manque.",
    ),
  },
  INTERNAL: {
    en: say(
      "Something went wrong inside Fyr that should not.",
      "The request was not carried out.",
      "Try again; if it stays, send the request id to the hub's operator.",
    ),
    fr: say(
      "Une erreur qui ne devrait pas arriver s’est produite dans Fyr.",
      "La demande n’a pas été exécutée.",
      "Réessayez ; si cela persiste, transmettez l’identifiant de la demande à l’exploitant du hub.",
    ),
  },
} as const satisfies FaultTexts;
