import { expect, test } from "vitest";
import { preferredLanguage } from "./language.ts";

test.each([
  [undefined, "en"],
  ["", "en"],
  ["fr", "fr"],
  ["fr-FR,fr;q=0.9,en;q=0.8", "fr"],
  ["en, fr", "en"],
  ["de, fr;q=0.2", "fr"],
  ["en;q=0.1, fr;q=0.2", "fr"],
  ["fr;q=0, en;q=0.1", "en"],
  ["fr;q=0", "en"],
  [",;;q=9,\u0000", "en"],
])("%j reads %s", (header, language) => expect(preferredLanguage(header)).toBe(language));
