import { testImage } from "@fyr/certs/testing";
import { AxisVersion } from "@fyr/protocol";
import { expect, test } from "vitest";
import { recommend, refusal } from "./recommend.ts";

const version = (text: string) => AxisVersion.parse(text);
const device = { model: "P3265-V", hardwareId: "7A1", version: "10.12.3" };

test("each reason for which a device may not take an image has its name", () => {
  const facts = (more: Parameters<typeof testImage>[0]) =>
    refusal(testImage({ version: version("11.11.1"), ...more }), device);
  expect(facts({})).toBeNull();
  expect(facts({ withdrawn: true })).toBe("IMAGE_WITHDRAWN");
  expect(facts({ models: ["M1135"] })).toBe("IMAGE_WRONG_MODEL");
  expect(facts({ hardwareIds: ["7A2"] })).toBe("IMAGE_WRONG_HARDWARE");
  expect(facts({ hardwareIds: ["7A2", "7A1"] })).toBeNull();
  expect(facts({ version: version("10.12.3") })).toBe("UPGRADE_AT_TARGET");
  expect(facts({ version: version("10.12.2") })).toBe("IMAGE_DOWNGRADE");
  expect(facts({ upgradeableFrom: ["11"].map((major) => `${major}.0`) })).toBe("IMAGE_PATH_BLOCKED");
  expect(facts({ upgradeableFrom: ["10.12"] })).toBeNull();
  expect(facts({ mandatorySteps: ["10.9"] })).toBeNull();
  expect(facts({ version: version("12.1.1"), mandatorySteps: ["11.11"] })).toBe("IMAGE_PATH_BLOCKED");
});

test("the newest image within reach is recommended, not the newest of all", () => {
  const step = testImage({ version: version("11.11.85") });
  const far = testImage({ version: version("12.11.77"), mandatorySteps: ["11.11"] });
  const images = [
    testImage({ version: version("11.2.1") }),
    step,
    far,
    testImage({ version: version("9.80.1") }),
  ];
  expect(recommend(images, device)).toEqual({ digest: step.digest, version: step.version });
  expect(recommend(images, { ...device, version: "11.11.85" })).toEqual({
    digest: far.digest,
    version: far.version,
  });
  expect(recommend(images, { ...device, version: "12.11.77" })).toBeNull();
  expect(recommend([], device)).toBeNull();
});
