import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { type ConfigSources, envName, loadConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";

const Settings = z.strictObject({
  apiPort: z.int().min(0).max(65_535).default(8443),
  name: z.string().default("hub"),
  mqtt: z.boolean().default(true),
  ranges: z.array(z.string()).default([]),
  logLevel: z.enum(["info", "debug"]).default("info"),
});

const folder = mkdtempSync(join(tmpdir(), "fyr-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, "settings.yaml");
  writeFileSync(path, content);
  return path;
}

const load = (from: ConfigSources) => loadConfig(Settings, "HUB", from);
const fromEnv = (env: Record<string, string>) => load({ env });

function refusal(from: ConfigSources): string {
  try {
    load(from);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("these settings were taken");
}

test("defaults, then file, then environment, then flags", () => {
  const path = file("apiPort: 1\nname: from file\nmqtt: false\n");
  const env = { HUB_API_PORT: "2", HUB_NAME: "from environment", PATH: "/bin" };
  expect(load({ file: path, env, flags: { apiPort: 3, mqtt: undefined } })).toEqual({
    apiPort: 3,
    name: "from environment",
    mqtt: false,
    ranges: [],
    logLevel: "info",
  });
});

test("an empty file is a file without settings", () => {
  expect(load({ file: file("# nothing yet\n") }).apiPort).toBe(8443);
});

test("the environment's text becomes what the setting is", () => {
  expect(fromEnv({ HUB_API_PORT: "8080" }).apiPort).toBe(8080);
  expect(fromEnv({ HUB_MQTT: "false" }).mqtt).toBe(false);
  expect(fromEnv({ HUB_RANGES: "10.0.0.0/24, 10.0.1.0/24" }).ranges).toEqual(["10.0.0.0/24", "10.0.1.0/24"]);
  expect(fromEnv({ HUB_RANGES: "[10.0.0.0/24]" }).ranges).toEqual(["10.0.0.0/24"]);
});

test.each(["12345", "1e5", "true", "null", "", "#1", "a: b", "[x", "  x "])(
  "the text %o stays text where text is asked for",
  (text) => expect(fromEnv({ HUB_NAME: text }).name).toBe(text),
);

const REFUSED: [setting: string, from: () => ConfigSources][] = [
  ["apiPort", () => ({ env: { HUB_API_PORT: "99999" } })],
  ["apiPort", () => ({ env: { HUB_API_PORT: "" } })],
  ["apiPort", () => ({ flags: { apiPort: 1.5 } })],
  ["mqtt", () => ({ env: { HUB_MQTT: "perhaps" } })],
  ["ranges", () => ({ file: file("ranges: 5") })],
  ["logLevel", () => ({ file: file("logLevel: loud") })],
  ["apiProt", () => ({ file: file("apiProt: 5") })],
  ["verbose", () => ({ flags: { verbose: true } })],
  ["settings.yaml", () => ({ file: file("- a\n- b") })],
  ["settings.yaml", () => ({ file: file("name: [") })],
  ["missing.yaml", () => ({ file: join(folder, "missing.yaml") })],
];

test.each(REFUSED)("a bad %s is refused by its name", (setting, from) => {
  expect(refusal(from())).toContain(setting);
});

test("every bad setting is named at once", () => {
  const message = refusal({ flags: { apiPort: -1, logLevel: "loud", nmae: "x" } });
  for (const setting of ["apiPort", "logLevel", "nmae"]) expect(message).toContain(setting);
});

test("a refusal does not repeat a value, which may be a secret", () => {
  const Secret = z.strictObject({ password: z.string().min(20) });
  expect(() => loadConfig(Secret, "HUB", { env: { HUB_PASSWORD: "hunter2" } })).toThrow(/password/);
  expect(() => loadConfig(Secret, "HUB", { env: { HUB_PASSWORD: "hunter2" } })).not.toThrow(/hunter2/);
  expect(refusal({ file: file("name: hunter2: [") })).not.toContain("hunter2");
});

test("a setting's environment variable is its name in capitals", () => {
  expect(envName("shutdownGraceMs")).toBe("SHUTDOWN_GRACE_MS");
});
