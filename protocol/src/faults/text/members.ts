import { say, UNCHANGED, type FaultTexts } from "./say.ts";

/** People in an organisation, and how they come into it. */
export const members = {
  SELF_DEMOTION: {
    en: say(
      "You would take from yourself what you cannot give back to yourself.",
      UNCHANGED.en,
      "Confirm that you mean it, or ask another admin or owner to do it.",
    ),
    fr: say(
      "Vous vous retireriez un droit que vous ne pourriez pas vous rendre.",
      UNCHANGED.fr,
      "Confirmez que c’est bien voulu, ou demandez-le à un autre administrateur ou propriétaire.",
    ),
  },
  OWNER_UNFIT: {
    en: say(
      "Only an admin who has a second factor can be an owner.",
      UNCHANGED.en,
      "Choose another admin, or make this user an admin first.",
    ),
    fr: say(
      "Seul un administrateur disposant d’un second facteur peut être propriétaire.",
      UNCHANGED.fr,
      "Choisissez un autre administrateur, ou nommez d’abord cet utilisateur administrateur.",
    ),
  },
  NOTHING_PENDING: {
    en: say(
      "No role of this user waits to be confirmed.",
      UNCHANGED.en,
      "Look at the list of users again: somebody settled it, or gave another role.",
    ),
    fr: say(
      "Aucun rôle de cet utilisateur n’est à confirmer.",
      UNCHANGED.fr,
      "Consultez à nouveau la liste des utilisateurs : quelqu’un l’a déjà traité ou a attribué un autre rôle.",
    ),
  },
  LEAVE_INSTEAD: {
    en: say(
      "Nobody removes themselves.",
      UNCHANGED.en,
      "Leave the organisation instead; as its only owner, hand it over first.",
    ),
    fr: say(
      "Personne ne se supprime soi-même.",
      UNCHANGED.fr,
      "Quittez plutôt l’organisation ; si vous en êtes le seul propriétaire, transmettez-la d’abord.",
    ),
  },
  OWNER_ACTIVE: {
    en: say(
      "The organisation has an owner who can act.",
      UNCHANGED.en,
      "Ask an owner to make you one, or to hand over.",
    ),
    fr: say(
      "L’organisation a un propriétaire qui peut agir.",
      UNCHANGED.fr,
      "Demandez à un propriétaire de vous désigner ou de transmettre la propriété.",
    ),
  },
  CLAIM_OPEN: {
    en: say(
      "Another admin has claimed the organisation already.",
      UNCHANGED.en,
      "Wait until that claim has taken effect or was objected to.",
    ),
    fr: say(
      "Un autre administrateur a déjà revendiqué l’organisation.",
      UNCHANGED.fr,
      "Attendez que cette revendication prenne effet ou soit contestée.",
    ),
  },
  NO_CLAIM: {
    en: say("Nobody claims the organisation.", UNCHANGED.en, "There is nothing to object to."),
    fr: say("Personne ne revendique l’organisation.", UNCHANGED.fr, "Il n’y a rien à contester."),
  },
  ALREADY_MEMBER: {
    en: say(
      "Your account is already a member of this organisation.",
      UNCHANGED.en,
      "Open the organisation; for other rights, ask one of its admins.",
    ),
    fr: say(
      "Votre compte est déjà membre de cette organisation.",
      UNCHANGED.fr,
      "Ouvrez l’organisation ; pour d’autres droits, adressez-vous à l’un de ses administrateurs.",
    ),
  },
  INVITATION_INVALID: {
    en: say(
      "This invitation is no longer valid.",
      UNCHANGED.en,
      "Ask the person who invited you for a new one.",
    ),
    fr: say(
      "Cette invitation n’est plus valable.",
      UNCHANGED.fr,
      "Demandez-en une nouvelle à la personne qui vous a invité.",
    ),
  },
  INVITATION_EMAIL_MISMATCH: {
    en: say(
      "The invitation was sent to another address than that of your account.",
      "It stays open for the address that was invited.",
      "Sign in with the invited address, or ask for an invitation to yours.",
    ),
    fr: say(
      "L’invitation a été envoyée à une autre adresse que celle de votre compte.",
      "Elle reste ouverte pour l’adresse invitée.",
      "Connectez-vous avec l’adresse invitée, ou demandez une invitation à la vôtre.",
    ),
  },
} as const satisfies FaultTexts;
