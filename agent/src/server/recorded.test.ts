import { expect, test } from "vitest";
import { createAddressPolicy, siteRange } from "../discovery/index.ts";
import type { RecordedDevice } from "./ports.ts";
import { rangeOf, rangesOf } from "./recorded.ts";

const device = (host: string, more: Partial<RecordedDevice> = {}): RecordedDevice => ({
  serial: "ACCC8E000001",
  host,
  ...more,
});

const hostsOf = (recorded: readonly RecordedDevice[], ranges: readonly string[] = []): string[] => {
  const policy = createAddressPolicy(
    ranges.map(siteRange),
    () => ["10.0.0.9"],
    rangesOf(() => recorded),
  );
  return [...policy.candidates()].map(({ host }) => host);
};

test("R-025: a device that the server records is looked for where it is, and nowhere beside", () => {
  const recorded = [device("10.0.0.7"), device("10.0.1.7", { httpPort: 8080, httpsPort: null })];
  const policy = createAddressPolicy(
    [],
    () => [],
    rangesOf(() => recorded),
  );
  expect([...policy.candidates()]).toEqual([
    { host: "10.0.0.7", ports: { http: 80, https: 443 }, group: null },
    { host: "10.0.1.7", ports: { http: 8080, https: null }, group: null },
  ]);
  expect(policy.candidate("10.0.0.8")).toBeNull();
});

test("R-025: one that lies in a range of the site too is looked for once, with the login of that range", () => {
  const range = siteRange({ addresses: "10.0.0.0/28", httpPort: 80, httpsPort: 443, credentials: "gates" });
  const policy = createAddressPolicy(
    [range],
    () => [],
    rangesOf(() => [device("10.0.0.7")]),
  );
  const found = [...policy.candidates()].filter(({ host }) => host === "10.0.0.7");
  expect(found).toMatchObject([{ group: "gates" }]);
});

test.each(["10.0.0.0/8", "10.0.0.1-10.255.0.0", "rec-01.lan", "", "10.0.0.1/32", "fe80::1", "256.1.1.1"])(
  "B3-I1: a server that writes %j for an address opens no way to any",
  (host) => {
    expect(rangeOf(device(host))).toEqual([]);
    expect(hostsOf([device(host)])).toEqual([]);
  },
);

test("B3-I1: nor to where no device can be, nor to the host itself", () => {
  expect(hostsOf([device("0.0.0.0"), device("255.255.255.255"), device("10.0.0.9")])).toEqual([]);
});

test("what the server records now counts, not what it recorded before", () => {
  let recorded = [device("10.0.0.7")];
  const ranges = rangesOf(() => recorded);
  expect(ranges()).toHaveLength(1);
  expect(ranges(), "reckoned once").toBe(ranges());
  recorded = [device("10.0.0.8"), device("10.0.0.10")];
  expect(ranges()).toHaveLength(2);
});
