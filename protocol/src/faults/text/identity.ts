import { UNCHANGED, say, type FaultTexts } from "./say.ts";

/** Agents and their identity: what people read. */
export const identity = {
  ENROL_CODE_INVALID: {
    en: say(
      "This enrolment code is not known, or was mistyped.",
      "The agent has no identity yet.",
      "Compare the code with the one shown in the hub, or make a new one.",
    ),
    fr: say(
      "Ce code d’inscription est inconnu ou mal saisi.",
      "L’agent n’a pas encore d’identité.",
      "Comparez le code avec celui affiché par le hub, ou créez-en un nouveau.",
    ),
  },
  ENROL_CODE_EXPIRED: {
    en: say(
      "This enrolment code is too old.",
      "The agent has no identity yet.",
      "Make a new code for the agent in the hub.",
    ),
    fr: say(
      "Ce code d’inscription est trop ancien.",
      "L’agent n’a pas encore d’identité.",
      "Créez un nouveau code pour l’agent dans le hub.",
    ),
  },
  ENROL_CODE_USED: {
    en: say(
      "This enrolment code was used already.",
      "The first agent that used it keeps its identity.",
      "Make a new code; if you did not use the old one yourself, revoke that agent.",
    ),
    fr: say(
      "Ce code d’inscription a déjà servi.",
      "Le premier agent qui l’a utilisé garde son identité.",
      "Créez un nouveau code ; si ce n’était pas vous, révoquez cet agent.",
    ),
  },
  ENROL_REQUEST_INVALID: {
    en: say(
      "The agent's certificate request is not acceptable.",
      "No certificate was issued.",
      "Update the agent and enrol again.",
    ),
    fr: say(
      "La demande de certificat de l’agent n’est pas acceptable.",
      "Aucun certificat n’a été délivré.",
      "Mettez l’agent à jour et inscrivez-le de nouveau.",
    ),
  },
  ENROL_KEY_KNOWN: {
    en: say(
      "This key already belongs to an agent.",
      "No certificate was issued.",
      "Remove the agent's data folder, if it is a copy, and enrol again.",
    ),
    fr: say(
      "Cette clé appartient déjà à un agent.",
      "Aucun certificat n’a été délivré.",
      "Supprimez le dossier de données de l’agent s’il s’agit d’une copie, puis inscrivez-le.",
    ),
  },
  ENROL_DONE: {
    en: say(
      "This agent is enrolled already.",
      "Its identity is unchanged.",
      "Use another data folder for another agent.",
    ),
    fr: say(
      "Cet agent est déjà inscrit.",
      "Son identité est inchangée.",
      "Prenez un autre dossier de données pour un autre agent.",
    ),
  },
  ENROL_MISSING: {
    en: say(
      "This agent is not enrolled yet.",
      "It does nothing.",
      "Make a code in the hub and run the agent's enrol command with it.",
    ),
    fr: say(
      "Cet agent n’est pas encore inscrit.",
      "Il ne fait rien.",
      "Créez un code dans le hub et lancez la commande d’inscription de l’agent.",
    ),
  },
  CERTIFICATE_REQUIRED: {
    en: say("This address is for agents with a certificate of this hub.", UNCHANGED.en, "Enrol the agent."),
    fr: say(
      "Cette adresse est réservée aux agents munis d’un certificat de ce hub.",
      UNCHANGED.fr,
      "Inscrivez l’agent.",
    ),
  },
  CERTIFICATE_UNKNOWN: {
    en: say(
      "This certificate was not issued by this hub.",
      UNCHANGED.en,
      "Check the hub's address, or enrol the agent again.",
    ),
    fr: say(
      "Ce certificat n’a pas été délivré par ce hub.",
      UNCHANGED.fr,
      "Vérifiez l’adresse du hub, ou inscrivez l’agent de nouveau.",
    ),
  },
  CERTIFICATE_EXPIRED: {
    en: say(
      "The agent's certificate is too old.",
      "The agent finishes what it began and reports once it has a new certificate.",
      "Renew it: the agent tries by itself; after 180 days enrol again.",
    ),
    fr: say(
      "Le certificat de l’agent est trop ancien.",
      "L’agent termine ce qu’il a commencé et rend compte dès qu’il a un nouveau certificat.",
      "Renouvelez-le : l’agent essaie seul ; après 180 jours, inscrivez-le de nouveau.",
    ),
  },
  CERTIFICATE_REVOKED: {
    en: say(
      "This agent's certificate was revoked.",
      "Its connections were cut; nothing more is accepted from it.",
      "If that was a mistake, make a new code and enrol again.",
    ),
    fr: say(
      "Le certificat de cet agent a été révoqué.",
      "Ses connexions sont coupées ; plus rien n’est accepté de lui.",
      "Si c’est une erreur, créez un nouveau code et inscrivez-le de nouveau.",
    ),
  },
  AGENT_MISMATCH: {
    en: say(
      "The message speaks for another agent than its certificate.",
      "Nothing was taken from it.",
      "Look whether an agent's data folder was copied.",
    ),
    fr: say(
      "Le message parle au nom d’un autre agent que son certificat.",
      "Rien n’en a été retenu.",
      "Vérifiez si le dossier de données d’un agent a été copié.",
    ),
  },
  SITE_ALREADY_BOUND: {
    en: say(
      "Another running copy of this agent is in charge of the site.",
      "This copy gets no work.",
      "Stop one of the two; if you only know one, revoke the agent.",
    ),
    fr: say(
      "Une autre copie de cet agent est en charge du site.",
      "Cette copie ne reçoit aucun travail.",
      "Arrêtez l’une des deux ; si vous n’en connaissez qu’une, révoquez l’agent.",
    ),
  },
  EPOCH_STALE: {
    en: say(
      "The task has been granted anew since.",
      "The newer grant stands; this report was kept as evidence.",
      "Nothing: the agent stops by itself.",
    ),
    fr: say(
      "La tâche a été réattribuée depuis.",
      "L’attribution la plus récente vaut ; ce compte rendu est gardé comme preuve.",
      "Rien : l’agent s’arrête seul.",
    ),
  },
  HUB_UNREACHABLE: {
    en: say(
      "The hub cannot be reached.",
      "Work that was begun goes on; reports wait on the site.",
      "Check the site's way out to the hub.",
    ),
    fr: say(
      "Le hub n’est pas joignable.",
      "Le travail commencé continue ; les comptes rendus attendent sur le site.",
      "Vérifiez la sortie du site vers le hub.",
    ),
  },
  HUB_UNTRUSTED: {
    en: say(
      "The machine that answered is not this agent's hub.",
      "Nothing was told to it.",
      "Check the address, proxies and name resolution on the site.",
    ),
    fr: say(
      "La machine qui a répondu n’est pas le hub de cet agent.",
      "Rien ne lui a été dit.",
      "Vérifiez l’adresse, les proxys et la résolution de noms du site.",
    ),
  },
} as const satisfies FaultTexts;
