import { ConfigError, envName, loadConfig } from "@fyr/runtime";
import { expect, test } from "vitest";
import { HubConfig } from "./config.ts";

const load = (env: Record<string, string>) => loadConfig(HubConfig, "HUB", { env });

test("every setting has a sentence and most have a default", () => {
  for (const [name, setting] of Object.entries(HubConfig.shape)) {
    expect(setting.description, name).toMatch(/^[A-Z].*\.$/);
  }
  expect(load({})).toMatchObject({
    apiPort: 8443,
    agentsPort: 8444,
    mqttPort: 8883,
    metricsPort: 9464,
    mqtt: true,
  });
});

test("settings come from the environment, lists by commas", () => {
  const { hosts, mqtt, apiPort } = load({
    HUB_HOSTS: "hub.example,10.0.0.1",
    HUB_MQTT: "false",
    HUB_API_PORT: "0",
  });
  expect({ hosts, mqtt, apiPort }).toEqual({ hosts: ["hub.example", "10.0.0.1"], mqtt: false, apiPort: 0 });
});

test.each([
  ["apiPort", "99999"],
  ["apiPort", "x"],
  ["databaseUrl", "mysql://x"],
  ["agentsUrl", "http://hub.example"],
  ["mqttUrl", "mqtt://hub.example"],
  ["support", "javascript:alert(1)"],
  ["support", "nobody"],
  ["logLevel", "loud"],
  ["leaseMs", "-1"],
])("%s cannot be %s, and the message names it", (setting, value) => {
  const wrong = () => load({ [`HUB_${envName(setting)}`]: value });
  expect(wrong).toThrow(ConfigError);
  expect(wrong).toThrow(setting);
});
