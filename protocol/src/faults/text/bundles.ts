import { say, type FaultTexts } from "./say.ts";

/** A customer's certificate files: what people read. */
export const bundles = {
  BUNDLE_INVALID: {
    en: say(
      "The file is no PKCS#12 or PKCS#7 file that can be read.",
      "No certificate was taken over.",
      "Export it again from your certificate authority.",
    ),
    fr: say(
      "Le fichier n’est pas un PKCS#12 ou PKCS#7 lisible.",
      "Aucun certificat n’a été repris.",
      "Exportez-le de nouveau depuis votre autorité de certification.",
    ),
  },
  BUNDLE_PASSWORD: {
    en: say(
      "The password does not open the file.",
      "No certificate was taken over.",
      "Check the password given at export.",
    ),
    fr: say(
      "Le mot de passe n’ouvre pas le fichier.",
      "Aucun certificat n’a été repris.",
      "Vérifiez le mot de passe donné à l’exportation.",
    ),
  },
  BUNDLE_KEY_MISSING: {
    en: say(
      "The file holds no private key that fits its certificate.",
      "No certificate was taken over.",
      "Export the certificate with its private key, or name the key file.",
    ),
    fr: say(
      "Le fichier ne contient pas de clé privée correspondant au certificat.",
      "Aucun certificat n’a été repris.",
      "Exportez le certificat avec sa clé privée, ou indiquez le fichier de clé.",
    ),
  },
  BUNDLE_KEY_KIND: {
    en: say(
      "The file's key is not an RSA key.",
      "No certificate was taken over.",
      "Use an RSA certificate, or give certificate and key as PEM files.",
    ),
    fr: say(
      "La clé du fichier n’est pas une clé RSA.",
      "Aucun certificat n’a été repris.",
      "Utilisez un certificat RSA, ou donnez certificat et clé en fichiers PEM.",
    ),
  },
  BUNDLE_CHAIN_INCOMPLETE: {
    en: say(
      "Certificates between yours and its root are missing.",
      "No certificate was taken over.",
      "Export with all certificates of the path.",
    ),
    fr: say(
      "Il manque des certificats entre le vôtre et sa racine.",
      "Aucun certificat n’a été repris.",
      "Exportez avec tous les certificats du chemin.",
    ),
  },
  BUNDLE_EXPIRED: {
    en: say(
      "The certificate in the file is not valid today.",
      "No certificate was taken over.",
      "Ask your certificate authority for a new one.",
    ),
    fr: say(
      "Le certificat du fichier n’est pas valable aujourd’hui.",
      "Aucun certificat n’a été repris.",
      "Demandez-en un nouveau à votre autorité de certification.",
    ),
  },
} as const satisfies FaultTexts;
