import fc from "fast-check";
import { Fault } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { Wire, WireRequest } from "../vapix/index.ts";
import { allowedWire, createAddressPolicy } from "./address-policy.ts";
import { formatAddress, parseAddress, parseSpan } from "./addresses.ts";
import { siteRange } from "./ranges.ts";

test("an address is read in one spelling, and written back in it", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), (address) => {
      expect(parseAddress(formatAddress(address))).toBe(address);
    }),
  );
});

const SPELLINGS = [
  ...["2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.01", "127.0.0.1."],
  ...[
    "::ffff:127.0.0.1",
    "[::1]",
    "localhost",
    "127.0.0.1%lo",
    " 127.0.0.1",
    "127.0.0.256",
    "1.2.3",
    "1.2.3.4.5",
  ],
  ...["127.0.0.1\n", "１２７.0.0.1", "127。0。0。1", "+1.2.3.4", "1e1.2.3.4", "", "-1.2.3.4"],
];

test.each(SPELLINGS)("%j is no address", (text) => {
  expect(parseAddress(text)).toBeNull();
});

test.each([
  ["10.0.0.0/24", "10.0.0.1", "10.0.0.254"],
  ["10.0.0.4/31", "10.0.0.4", "10.0.0.5"],
  ["10.0.0.4/32", "10.0.0.4", "10.0.0.4"],
  ["10.0.0.5-10.0.0.20", "10.0.0.5", "10.0.0.20"],
  ["10.0.0.7", "10.0.0.7", "10.0.0.7"],
])("%s goes from %s to %s", (text, first, last) => {
  const span = parseSpan(text);
  expect([formatAddress(span.first), formatAddress(span.last)]).toEqual([first, last]);
});

test.each([
  "10.0.0.1/24",
  "10.0.0.0/33",
  "10.0.0.9-10.0.0.1",
  "10.0.0.0/8",
  "10.0.0.0/",
  "10.0.0.1-2",
  "cameras",
  "1-2-3",
])("%s is refused", (text) => expect(() => parseSpan(text)).toThrow(Fault));

const hosts = (ranges: readonly string[], own: readonly string[] = []) =>
  [...createAddressPolicy(ranges.map(siteRange), () => own).candidates()].map(({ host }) => host);

test("loopback counts only where a range names it", () => {
  expect(hosts(["127.0.0.1-127.0.0.2"])).toEqual(["127.0.0.1", "127.0.0.2"]);
  expect(hosts(["126.255.255.254-127.0.0.5"])).toEqual(["126.255.255.254", "126.255.255.255"]);
});

test("the agent is no device, and an address in two ranges is asked once", () => {
  expect(hosts(["10.0.0.1-10.0.0.4", "10.0.0.3-10.0.0.5"], ["10.0.0.2"])).toEqual([
    "10.0.0.1",
    "10.0.0.3",
    "10.0.0.4",
    "10.0.0.5",
  ]);
});

test.each(["169.254.169.254", "224.0.0.0/24", "0.0.0.0-0.0.0.9", "255.255.255.255"])(
  "no device can be at %s",
  (text) => {
    expect(() => hosts([text])).toThrow("ADDRESS_REFUSED");
  },
);

test("nothing outside the ranges and their ports gets a connection", async () => {
  const asked: string[] = [];
  const wire: Wire = {
    exchange: ({ url }) => {
      asked.push(url);
      return Promise.resolve({ status: 200, headers: {}, body: new Uint8Array(), bodySent: true });
    },
  };
  const range = siteRange({ addresses: "10.0.0.1-10.0.0.9", httpPort: 8080, httpsPort: null });
  const guarded = allowedWire(
    wire,
    createAddressPolicy([range], () => ["10.0.0.3"]),
  );
  const to = (url: string) => guarded.exchange({ url } as WireRequest);
  await to("http://10.0.0.2:8080/axis-cgi/x");
  const refused = [
    ...["http://10.0.0.2:80/", "http://10.0.0.2/", "http://10.0.0.3:8080/", "http://10.0.0.10:8080/"],
    ...[
      "http://u@10.0.0.2:8080/",
      "http://10.0.0.2:8080@1.2.3.4:8080/",
      "http://167772162:8080/",
      "ftp://10.0.0.2:8080/",
    ],
    ...[
      "http://[::ffff:10.0.0.2]:8080/",
      "http://169.254.169.254:8080/",
      "http://127.0.0.1:8080/",
      "http://012.0.0.2:8080/",
    ],
  ];
  for (const url of refused) await expect(to(url)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  expect(asked).toEqual(["http://10.0.0.2:8080/axis-cgi/x"]);
});
