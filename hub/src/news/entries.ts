import type { Language, NewsItem } from "@fyr/protocol";

type Said = Pick<NewsItem, "title" | "text">;

/** A change in every language. */
export type NewsEntry = Pick<NewsItem, "id" | "kind"> & Readonly<Record<Language, Said>>;

/**
 * What changed in the product, for those who use it: whoever changes something that they notice adds it here. Entries
 * are never taken out: the page is the history too.
 */
export const NEWS: readonly NewsEntry[] = [
  {
    id: "2026-11-28-people",
    kind: "new",
    en: {
      title: "People, roles and folders",
      text: "Invite people with a role and the folders that they reach. A change of role counts at the next click, also where somebody is signed in already.",
    },
    fr: {
      title: "Utilisateurs, rôles et dossiers",
      text: "Invitez des personnes avec un rôle et les dossiers qui leur sont accessibles. Un changement de rôle prend effet au clic suivant, même dans une session ouverte.",
    },
  },
  {
    id: "2026-11-28-licences",
    kind: "new",
    en: {
      title: "Licences",
      text: "Start a subscription, redeem keys, allocate licences to years and transfer them to another organisation. Every movement stands in the history.",
    },
    fr: {
      title: "Licences",
      text: "Démarrez un abonnement, convertissez des clés, affectez des licences à des années et transférez-les vers une autre organisation. Chaque mouvement figure dans l’historique.",
    },
  },
  {
    id: "2026-11-28-servers",
    kind: "new",
    en: {
      title: "ACS Pro servers",
      text: "Servers with AXIS Camera Station Pro are listed with their health, and can be upgraded from here.",
    },
    fr: {
      title: "Serveurs ACS Pro",
      text: "Les serveurs AXIS Camera Station Pro sont affichés avec leur état et peuvent être mis à niveau d’ici.",
    },
  },
  {
    id: "2026-11-28-ask-an-admin",
    kind: "new",
    en: {
      title: "Ask an admin",
      text: "Where a page is not found, or not yours to see, you can ask the admins of your organisation for it.",
    },
    fr: {
      title: "Demander à un administrateur",
      text: "Lorsqu’une page est introuvable ou ne vous est pas accessible, vous pouvez la demander aux administrateurs de votre organisation.",
    },
  },
  {
    id: "2026-11-28-archive",
    kind: "changed",
    en: {
      title: "Archiving an organisation",
      text: "Before an organisation is archived, the licences that are lost with it are named.",
    },
    fr: {
      title: "Archiver une organisation",
      text: "Avant l’archivage d’une organisation, les licences perdues avec elle sont indiquées.",
    },
  },
  {
    id: "2026-11-23-upgrades",
    kind: "new",
    en: {
      title: "Upgrades of device software",
      text: "Devices for which a newer AXIS OS is recommended are marked, and many can be upgraded at once.",
    },
    fr: {
      title: "Mises à niveau des périphériques",
      text: "Les périphériques pour lesquels une version plus récente d’AXIS OS est recommandée sont signalés, et plusieurs peuvent être mis à niveau à la fois.",
    },
  },
];
