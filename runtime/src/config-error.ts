/** A setting that cannot be used; the message names it, what is wrong and where it came from. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
