import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { safeParse, type z } from "zod";
import { ConfigError } from "./config-error.ts";

export interface ConfigSources {
  /** YAML file; a file that is named but missing stops the start. */
  readonly file?: string | undefined;
  /** Environment variables; those that begin with `prefix_` count, e.g. `HUB_API_PORT`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Command line flags by setting name; undefined values are ignored. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** `apiPort` → `API_PORT`. */
export const envName = (setting: string): string =>
  setting.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function fromFile(path: string | undefined): Record<string, unknown> {
  if (path === undefined) return {};
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, "utf8"), { prettyErrors: false }) ?? {};
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof content !== "object" || Array.isArray(content) || content === null) {
    throw new ConfigError(`${path}: expected settings as "name: value" lines`);
  }
  return content as Record<string, unknown>;
}

function yaml(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return undefined; // not YAML, so plain text
  }
}

/** What a setting's text means: the text itself, a number or yes/no, or a list; the first that fits. */
function meaning(setting: z.core.$ZodType, text: string): unknown {
  const readings = [text, yaml(text), text.split(",").map((item) => item.trim())];
  return readings.find((reading) => safeParse(setting, reading).success) ?? text;
}

/** Numbers and booleans arrive as text from the environment; lists separated by commas. */
function fromEnv(schema: z.ZodObject, prefix: string, env: ConfigSources["env"] = {}) {
  const found: Record<string, unknown> = {};
  for (const [setting, type] of Object.entries<z.core.$ZodType>(schema.shape)) {
    const text = env[`${prefix}_${envName(setting)}`];
    if (text !== undefined) found[setting] = meaning(type, text);
  }
  return found;
}

const defined = (values: Readonly<Record<string, unknown>> = {}) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/**
 * Reads a process's settings once: defaults, then file, then environment, then flags.
 *
 * @throws ConfigError for an unknown key or a value out of range, naming the setting
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  prefix: string,
  from: ConfigSources,
): z.infer<S> {
  const merged = { ...fromFile(from.file), ...fromEnv(schema, prefix, from.env), ...defined(from.flags) };
  const result = schema.safeParse(merged);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    ({ path, message }) => `  ${path.join(".") || "settings"}: ${message}`,
  );
  throw new ConfigError(`These settings cannot be used:\n${lines.join("\n")}`);
}
