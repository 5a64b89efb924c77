import {
  quoted,
  type Draft,
  type LicenceReminderLetter,
  type LicencesTransferredLetter,
  type Texts,
} from "./letter.ts";

const DAY = new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeZone: "UTC" });
const KINDS: Readonly<Record<string, string>> = {
  subscription: "abonnement",
  extension: "extension",
  upgrade: "mise à niveau",
};
const NEVER =
  "L’enregistrement, l’usage local, les exports, l’historique et les pages de licences restent disponibles dans tous les cas.";

type Words = Pick<Draft, "subject" | "before">;

const REMINDERS: {
  readonly [About in LicenceReminderLetter["about"]]: (
    words: { readonly product: string; readonly day: string; readonly whose: string },
    facts: LicenceReminderLetter["facts"],
  ) => Words;
} = {
  lotExpires: ({ product, day, whose }, { licences = 0 }) => ({
    subject: `Des licences ${product} expirent le ${day}`,
    before: [
      `${licences} licences ${product} du portefeuille de ${whose} sont utilisables jusqu’au ${day}.`,
      "Affectez-les, ou transférez-les à une organisation qui en a besoin.",
    ],
  }),
  trialEnds: ({ product, day, whose }) => ({
    subject: `La période d’essai de ${product} se termine le ${day}`,
    before: [
      `Le dernier jour de la période d’essai de ${product} dans ${whose} est le ${day}.`,
      "Affectez des licences d’ici là pour continuer à travailler à distance sans interruption.",
      NEVER,
    ],
  }),
  graceEnds: ({ product, day, whose }) => ({
    subject: `Délai de grâce de ${product} jusqu’au ${day}`,
    before: [
      `Une nouvelle année d’abonnement de ${whose} a commencé sans licences suffisantes pour ${product}. Le dernier jour du délai de grâce est le ${day}.`,
      "Affectez des licences d’ici là : le coût est le même chacun de ces jours.",
      NEVER,
    ],
  }),
  yearEnds: ({ product, day, whose }) => ({
    subject: `Renouvelez ${product} avant le ${day} inclus`,
    before: [
      `Sous licence jusqu’au ${day} : ${product} dans ${whose}.`,
      "Affectez des licences à l’année d’abonnement suivante ; elle commence le lendemain, quel que soit le jour où vous le faites.",
    ],
  }),
  coverEnded: ({ product, day, whose }, { uncovered = 0, inUse = 0 }) => ({
    subject: `${product} : des périphériques sans licence`,
    before: [
      `Le ${day} étant passé, ${uncovered} périphériques sur ${inUse} de ${product} dans ${whose} sont sans licence.`,
      "Le travail à distance avec ces périphériques est fermé jusqu’à l’affectation de licences.",
      NEVER,
    ],
  }),
  growth: ({ product, day, whose }, { inUse = 0, seats = 0, minimum = 0 }) => ({
    subject: `${product} : plus de périphériques que ses licences n’en permettent`,
    before: [
      `Depuis le ${day}, ${whose} compte ${inUse} périphériques de ${product} pour ${seats} places ; le double des places est permis.`,
      `Affectez au moins ${minimum} licences de plus. Rien n’est fermé entre-temps.`,
    ],
  }),
  fileEnds: ({ product, day, whose }, { name = "" }) => ({
    subject: `Le fichier de licence d’un système se termine le ${day}`,
    before: [
      `Le fichier de licence du système « ${quoted(String(name))} » (${product}) de ${whose} est valable jusqu’au ${day}.`,
      "Chargez un nouveau fichier système et portez-y le nouveau fichier de licence.",
    ],
  }),
};

const reminder = ({ about, organisation, product, day, facts, link }: LicenceReminderLetter): Draft => ({
  ...REMINDERS[about](
    { product: quoted(product.fr), day: DAY.format(day), whose: `« ${quoted(organisation)} »` },
    facts,
  ),
  link: { url: link, label: "Ouvrir les licences" },
});

const transferred = ({ direction, from, to, lines, number, link }: LicencesTransferredLetter): Draft => ({
  subject:
    direction === "out" ? `Licences transférées à ${quoted(to)}` : `Licences reçues de ${quoted(from)}`,
  before: [
    direction === "out"
      ? `Des licences ont été transférées du portefeuille de « ${quoted(from)} » à « ${quoted(to)} » :`
      : `Des licences de « ${quoted(from)} » sont arrivées dans le portefeuille de « ${quoted(to)} » :`,
    lines
      .map(
        ({ product, type, kind, qty }) =>
          `${qty} × ${quoted(product.fr)}, ${quoted(type)} (${KINDS[kind] ?? quoted(kind)})`,
      )
      .join(" ; "),
    `Transfert ${number} ; l’historique des deux organisations le montre.`,
  ],
  link: { url: link, label: "Ouvrir les licences" },
});

/** Letters about licences, in French. */
export const licences = {
  licence_reminder: reminder,
  licences_transferred: transferred,
} satisfies Partial<Texts>;
