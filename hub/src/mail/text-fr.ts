import { alertWords } from "./alert-words.ts";
import { quoted, type Texts } from "./letter.ts";
import { licences } from "./licences-fr.ts";

const NOT_YOU =
  "Si ce n’était pas vous, changez votre mot de passe sans attendre et fermez vos autres sessions.";
const ROLES = { admin: "Administrateur", operator: "Opérateur", viewer: "Observateur" } as const;
const METHODS = { totp: "une application d’authentification", email: "des codes par e-mail" } as const;

export const fr: Texts = {
  verify_address: ({ name, link, hours }) => ({
    subject: "Confirmez votre adresse e-mail",
    before: [
      `Quelqu’un a enregistré un compte avec cette adresse sous le nom « ${quoted(name)} ».`,
      "Si c’était vous, ouvrez ce lien et saisissez le mot de passe que vous avez choisi :",
    ],
    link: { url: link, label: "Confirmer l’adresse" },
    after: [
      `Le lien est valable ${hours} heures. Si ce n’était pas vous, ne faites rien : sans votre confirmation, aucun compte n’existe.`,
    ],
  }),
  address_known: ({ link }) => ({
    subject: "Vous avez déjà un compte",
    before: [
      "Quelqu’un a voulu enregistrer un compte avec cette adresse. Elle en a déjà un ; rien n’a été modifié.",
      "Si c’était vous, connectez-vous ; si vous avez oublié votre mot de passe, demandez-en un nouveau ici :",
    ],
    link: { url: link, label: "Se connecter" },
  }),
  code: ({ code, minutes }) => ({
    subject: "Votre code de connexion",
    before: ["Saisissez ce code pour continuer :"],
    code,
    after: [
      `Il ne sert qu’une fois, pendant ${minutes} minutes. Personne chez nous ne vous le demandera jamais.`,
      "Si vous n’êtes pas en train de vous connecter, quelqu’un connaît votre mot de passe : changez-le.",
    ],
  }),
  password_reset: ({ link, minutes }) => ({
    subject: "Choisissez un nouveau mot de passe",
    before: [
      "Quelqu’un a demandé un nouveau mot de passe pour votre compte. Si c’était vous, ouvrez ce lien :",
    ],
    link: { url: link, label: "Choisir un nouveau mot de passe" },
    after: [
      `Il ne sert qu’une fois, pendant ${minutes} minutes. Votre second facteur reste inchangé.`,
      "Si ce n’était pas vous, ne faites rien : votre mot de passe reste inchangé.",
    ],
  }),
  password_changed: () => ({
    subject: "Votre mot de passe a été modifié",
    before: [
      "Le mot de passe de votre compte a été modifié et vos autres sessions ont été fermées.",
      "Si ce n’était pas vous, demandez immédiatement un nouveau mot de passe.",
    ],
  }),
  factor_changed: ({ method }) => ({
    subject: "Votre second facteur a été modifié",
    before: [`Désormais, votre compte s’ouvre avec ${METHODS[method]} en plus du mot de passe.`, NOT_YOU],
  }),
  factor_reset: () => ({
    subject: "Votre second facteur a été réinitialisé",
    before: [
      "Votre second facteur a été retiré par une personne autorisée et vos sessions ont été fermées.",
      "À votre prochaine connexion, vous recevrez un code par e-mail et choisirez un nouveau second facteur.",
      "Si vous ne l’avez pas demandé, prévenez un administrateur de votre organisation.",
    ],
  }),
  recovery_codes_renewed: () => ({
    subject: "Vous avez de nouveaux codes de secours",
    before: [
      "De nouveaux codes de secours ont été créés pour votre compte ; les anciens ne fonctionnent plus.",
      NOT_YOU,
    ],
  }),
  recovery_code_used: ({ left }) => ({
    subject: "Un code de secours a été utilisé",
    before: [
      `Quelqu’un s’est connecté à votre compte avec un code de secours. Codes restants : ${left}.`,
      NOT_YOU,
    ],
  }),
  email_change: ({ link, hours }) => ({
    subject: "Confirmez votre nouvelle adresse e-mail",
    before: ["Quelqu’un veut utiliser cette adresse pour un compte. Si c’était vous, ouvrez ce lien :"],
    link: { url: link, label: "Confirmer la nouvelle adresse" },
    after: [`Il ne sert qu’une fois, pendant ${hours} heures. Si ce n’était pas vous, ne faites rien.`],
  }),
  email_change_asked: () => ({
    subject: "Une nouvelle adresse e-mail a été demandée",
    before: [
      "Quelqu’un veut utiliser une autre adresse e-mail pour votre compte. Elle comptera dès qu’elle y sera confirmée.",
      NOT_YOU,
    ],
  }),
  email_changed: ({ email }) => ({
    subject: "Votre adresse e-mail a été modifiée",
    before: [
      `Votre compte a désormais l’adresse ${quoted(email)} ; celle-ci ne fonctionne plus.`,
      "Si ce n’était pas vous, prévenez immédiatement un administrateur de votre organisation.",
    ],
  }),
  new_sign_in: ({ browser, source, at }) => ({
    subject: "Nouvelle connexion à votre compte",
    before: [`Quelqu’un s’est connecté depuis ${quoted(source)} avec ${quoted(browser)} le ${at}.`, NOT_YOU],
  }),
  guarded: ({ link }) => ({
    subject: "Votre compte est protégé",
    before: [
      "Quelqu’un a essayé de nombreux mots de passe ou codes erronés sur votre compte. Aucun n’a fonctionné.",
      "Pour que cela dure, votre compte ne s’ouvre plus qu’avec un nouveau mot de passe. Demandez-le ici :",
    ],
    link: { url: link, label: "Demander un nouveau mot de passe" },
  }),
  invitation: ({ organisation, inviter, link, days }) => ({
    subject: `Invitation à rejoindre ${quoted(organisation)}`,
    before: [
      `« ${quoted(inviter)} » vous invite à rejoindre l’organisation « ${quoted(organisation)} ».`,
      "Ouvrez ce lien et connectez-vous, ou enregistrez-vous avec cette adresse :",
    ],
    link: { url: link, label: "Accepter l’invitation" },
    after: [`L’invitation est valable ${days} jours. Si vous ne savez pas qui l’a envoyée, ne faites rien.`],
  }),
  role_confirmed: ({ organisation, role, link }) => ({
    subject: `Votre rôle dans ${quoted(organisation)}`,
    before: [`Vous avez maintenant le rôle ${ROLES[role]} dans l’organisation « ${quoted(organisation)} ».`],
    link: { url: link, label: "Ouvrir" },
  }),
  role_to_confirm: ({ organisation, person, email, role, link }) => ({
    subject: `Rôle à confirmer dans ${quoted(organisation)}`,
    before: [
      `« ${quoted(person)} » (${email}) a accepté l’invitation à rejoindre « ${quoted(organisation)} ».`,
      `Le rôle ${ROLES[role]} a été choisi ; tant qu’aucun administrateur ne l’a confirmé, c’est Observateur.`,
    ],
    link: { url: link, label: "Ouvrir la liste des utilisateurs" },
  }),
  joined_without_folders: ({ organisation, person, email, link }) => ({
    subject: `Un utilisateur de ${quoted(organisation)} n’a aucun dossier`,
    before: [
      `« ${quoted(person)} » (${email}) a accepté l’invitation à rejoindre « ${quoted(organisation)} ».`,
      "Les dossiers choisis ont été supprimés entre-temps : il n’y a encore rien à voir. Choisissez-en d’autres.",
    ],
    link: { url: link, label: "Ouvrir la liste des utilisateurs" },
  }),
  joined_with_fewer_folders: ({ organisation, person, email, dropped, link }) => ({
    subject: `Un utilisateur de ${quoted(organisation)} a moins de dossiers que prévu`,
    before: [
      `« ${quoted(person)} » (${email}) a accepté l’invitation à rejoindre « ${quoted(organisation)} ».`,
      `Dossiers choisis puis supprimés entre-temps : ${dropped} ; les autres comptent. Choisissez-en d’autres s’il en manque.`,
    ],
    link: { url: link, label: "Ouvrir la liste des utilisateurs" },
  }),
  ...licences,
  access_asked: ({ organisation, person, email, page, link }) => ({
    subject: `Un utilisateur de ${quoted(organisation)} demande un accès`,
    before: [
      `« ${quoted(person)} » (${email}), un utilisateur de « ${quoted(organisation)} », n’a pas pu ouvrir une page et demande à y accéder :`,
      quoted(page),
      "Il se peut qu’elle n’existe pas. Si elle existe et qu’il doit la voir, attribuez-lui un rôle dans son dossier.",
    ],
    link: { url: link, label: "Ouvrir la liste des utilisateurs" },
  }),
  no_active_owner: ({ organisation, link }) => ({
    subject: `${quoted(organisation)} n’a plus de propriétaire actif`,
    before: [
      `Le compte du dernier propriétaire de « ${quoted(organisation)} » qui pouvait se connecter a été suspendu.`,
      "Tout le reste continue. Un administrateur peut revendiquer la propriété ; la revendication prend effet après 14 jours, sauf si un propriétaire la conteste.",
    ],
    link: { url: link, label: "Se connecter" },
  }),
  active_owner_again: ({ organisation, link }) => ({
    subject: `${quoted(organisation)} a de nouveau un propriétaire actif`,
    before: [
      `Le compte d’un propriétaire de « ${quoted(organisation)} » a été rétabli.`,
      "Une revendication de la propriété faite entre-temps se poursuit, sauf si un propriétaire la conteste.",
    ],
    link: { url: link, label: "Se connecter" },
  }),
  ownership_claimed: ({ organisation, person, day, link }) => ({
    subject: `La propriété de ${quoted(organisation)} est revendiquée`,
    before: [
      `« ${quoted(person)} », administrateur, revendique la propriété de « ${quoted(organisation)} », qui n’a plus de propriétaire actif.`,
      `La revendication prend effet le ${day}, sauf si un propriétaire la conteste.`,
    ],
    link: { url: link, label: "Se connecter" },
  }),
  ownership_settled: ({ organisation, person, how, link }) => ({
    subject: `La revendication de ${quoted(organisation)} est close`,
    before: [
      `« ${quoted(person)} » a revendiqué la propriété de « ${quoted(organisation)} ».`,
      {
        effective: "La revendication a pris effet : cette personne est désormais propriétaire.",
        objected: "Un propriétaire l’a contestée : rien ne change.",
        lapsed: "Cette personne ne pouvait plus être propriétaire : rien ne change.",
      }[how],
    ],
    link: { url: link, label: "Se connecter" },
  }),
  organisation_archived: ({ organisation, orgId }) => ({
    subject: `${quoted(organisation)} a été archivée`,
    before: [
      `L’organisation « ${quoted(organisation)} » a été archivée. Plus personne ne peut l’ouvrir.`,
      `S’il s’agit d’une erreur, indiquez son ID au support : ${orgId}`,
    ],
  }),
  organisation_restored: ({ organisation, link }) => ({
    subject: `${quoted(organisation)} a été restaurée`,
    before: [
      `L’organisation « ${quoted(organisation)} » a été restaurée par le support. Chacun a retrouvé son rôle.`,
    ],
    link: { url: link, label: "Ouvrir" },
  }),
  server_alert: ({ organisation, server, alert, link, ...facts }) => ({
    subject: `Alerte : serveur ${quoted(server)}`,
    before: [
      `Serveur « ${quoted(server)} » de « ${quoted(organisation)} » :`,
      alertWords("fr", alert, facts),
      "Acquittez l’alerte ou mettez-la en sourdine pour ne plus rien recevoir à son sujet :",
    ],
    link: { url: link, label: "Ouvrir" },
  }),
  server_alert_over: ({ organisation, server, alert, link, ...facts }) => ({
    subject: `Terminé : alerte du serveur ${quoted(server)}`,
    before: [
      `Une alerte du serveur « ${quoted(server)} » de « ${quoted(organisation)} » est terminée. Dernière mesure :`,
      alertWords("fr", alert, facts),
    ],
    link: { url: link, label: "Ouvrir" },
  }),
};
