import {
  quoted,
  type Draft,
  type LicenceReminderLetter,
  type LicencesTransferredLetter,
  type Texts,
} from "./letter.ts";

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const KINDS: Readonly<Record<string, string>> = {
  subscription: "subscription",
  extension: "extension",
  upgrade: "upgrade",
};
const NEVER = "Recording, local use, exports, history and the licence pages go on whatever you do.";

type Words = Pick<Draft, "subject" | "before">;

const REMINDERS: {
  readonly [About in LicenceReminderLetter["about"]]: (
    words: { readonly product: string; readonly day: string; readonly whose: string },
    facts: LicenceReminderLetter["facts"],
  ) => Words;
} = {
  lotExpires: ({ product, day, whose }, { licences = 0 }) => ({
    subject: `Licences for ${product} expire on ${day}`,
    before: [
      `${licences} licences for ${product} in the wallet of ${whose} can be used until ${day}.`,
      "Allocate them, or transfer them to an organisation that needs them.",
    ],
  }),
  trialEnds: ({ product, day, whose }) => ({
    subject: `The trial period of ${product} ends on ${day}`,
    before: [
      `The last day of the trial period of ${product} in ${whose} is ${day}.`,
      "Allocate licences by then to go on working from afar without a break.",
      NEVER,
    ],
  }),
  graceEnds: ({ product, day, whose }) => ({
    subject: `Grace period of ${product} until ${day}`,
    before: [
      `A new subscription year of ${whose} has begun without enough licences for ${product}. The last day of the grace period is ${day}.`,
      "Allocate licences by then: it costs the same on each of these days.",
      NEVER,
    ],
  }),
  yearEnds: ({ product, day, whose }) => ({
    subject: `Renew ${product} by ${day}`,
    before: [
      `Licensed until ${day}: ${product} in ${whose}.`,
      "Allocate licences to the next subscription year; it begins on the day after, whenever you do so.",
    ],
  }),
  coverEnded: ({ product, day, whose }, { uncovered = 0, inUse = 0 }) => ({
    subject: `${product}: devices without a licence`,
    before: [
      `Since ${day} is over, ${uncovered} of ${inUse} devices of ${product} in ${whose} have no licence.`,
      "Working with them from afar is closed until licences are allocated.",
      NEVER,
    ],
  }),
  growth: ({ product, day, whose }, { inUse = 0, seats = 0, minimum = 0 }) => ({
    subject: `${product}: more devices than its licences allow for`,
    before: [
      `Since ${day}, ${whose} has ${inUse} devices of ${product} on ${seats} seats; twice the seats are allowed.`,
      `Allocate at least ${minimum} more. Nothing is closed meanwhile.`,
    ],
  }),
  fileEnds: ({ product, day, whose }, { name = "" }) => ({
    subject: `Licence file of a system ends on ${day}`,
    before: [
      `The licence file of the system “${quoted(String(name))}” (${product}) of ${whose} counts until ${day}.`,
      "Upload a new system file and carry the new licence file there.",
    ],
  }),
};

const reminder = ({ about, organisation, product, day, facts, link }: LicenceReminderLetter): Draft => ({
  ...REMINDERS[about](
    { product: quoted(product.en), day: DAY.format(day), whose: `“${quoted(organisation)}”` },
    facts,
  ),
  link: { url: link, label: "Open the licences" },
});

const transferred = ({ direction, from, to, lines, number, link }: LicencesTransferredLetter): Draft => ({
  subject: direction === "out" ? `Licences moved to ${quoted(to)}` : `Licences received from ${quoted(from)}`,
  before: [
    direction === "out"
      ? `Licences were moved from the wallet of “${quoted(from)}” to “${quoted(to)}”:`
      : `Licences came from “${quoted(from)}” into the wallet of “${quoted(to)}”:`,
    lines
      .map(
        ({ product, type, kind, qty }) =>
          `${qty} × ${quoted(product.en)}, ${quoted(type)} (${KINDS[kind] ?? quoted(kind)})`,
      )
      .join("; "),
    `Transfer ${number}; the history of both organisations shows it.`,
  ],
  link: { url: link, label: "Open the licences" },
});

/** Letters about licences, in English. */
export const licences = {
  licence_reminder: reminder,
  licences_transferred: transferred,
} satisfies Partial<Texts>;
