const CENSORED = "[secret]";

const WHOLE_NAMES = "pwd|pass|code|key|seed|pin";
const ENDINGS = "password|passphrase|secret|token|cookie|authorization|(?:private|api)[-_]?key";

/** A field that holds a secret wherever it stands: by its whole name, or by how the name ends. */
const SECRET_NAME = new RegExp(`^(?:${WHOLE_NAMES}|.*(?:${ENDINGS}))$`, "i");

/** A quick look, so that the many lines without such a field cost nothing more. */
const SUSPECT = new RegExp(`"(?:${WHOLE_NAMES}|[^"]*(?:${ENDINGS}))":`, "i");

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

function scrub(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(scrub);
  const isError = typeof value.stack === "string";
  const entries = Object.entries(value).map(([name, inner]): [string, Json] => {
    if (isError && name === "code") return [name, inner]; // a Fault's or Node's, not a one-time code
    return [name, SECRET_NAME.test(name) && inner !== null ? CENSORED : scrub(inner)];
  });
  return Object.fromEntries(entries);
}

/** A line of JSON with the values of secret fields cut, at any depth. */
export function withoutSecrets(line: string): string {
  if (!SUSPECT.test(line)) return line;
  return `${JSON.stringify(scrub(JSON.parse(line) as Json))}\n`;
}
