/** One way in that a 401 offers (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case: `digest`, `basic`. */
  readonly scheme: string;
  /** Names in lower case, values without quotes and escapes. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`[\\s,]*(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, "y");
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?=[ \\t,]|$)`, "y");
/** What Negotiate and its like carry instead of parameters. */
const TOKEN68 = /[ \t]+[0-9A-Za-z._~+/-]+=*(?=[ \t]*(?:,|$))/y;

const LONGEST_HEADER = 8 * 1024;

/**
 * Reads `WWW-Authenticate` as devices send it: several challenges in one header or in several, commas and escaped
 * quotes inside values. What cannot be read ends its header; what was read before it counts.
 */
export const parseChallenges = (values: readonly string[]): Challenge[] => values.flatMap(parseValue);

function parseValue(value: string): Challenge[] {
  if (value.length > LONGEST_HEADER) return [];
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(value);
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    const current = found.at(-1);
    const parameter = current && take(PARAMETER);
    if (parameter) {
      addParameter(current.parameters, parameter);
      continue;
    }
    const scheme = take(SCHEME)?.[1];
    if (scheme === undefined) return found;
    found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    take(TOKEN68);
  }
}

/** A parameter that comes twice keeps its first value: the second may be an injection. */
function addParameter(
  parameters: Map<string, string>,
  [, name = "", quoted, plain = ""]: RegExpExecArray,
): void {
  const key = name.toLowerCase();
  if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/gs, "$1") ?? plain);
}
