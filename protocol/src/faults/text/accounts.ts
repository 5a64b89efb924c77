import { UNCHANGED, say, type FaultTexts } from "./say.ts";

/** Accounts, as the hub's operator meets them. */
export const accounts = {
  ACCOUNT_KNOWN: {
    en: say(
      "This e-mail address has an account already.",
      UNCHANGED.en,
      "Use another address, or sign in with the account that exists.",
    ),
    fr: say(
      "Cette adresse e-mail a déjà un compte.",
      UNCHANGED.fr,
      "Utilisez une autre adresse, ou connectez-vous avec le compte existant.",
    ),
  },
} as const satisfies FaultTexts;
