import { Fault } from "@fyr/protocol";

/** An IPv4 address as a number. */
export type Address = number;

const BITS = 32;
const OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/**
 * Reads the one spelling of an IPv4 address that is allowed here: four decimal numbers without leading zeros. The many
 * others (octal, hexadecimal, short, mapped into IPv6) are how a forbidden address is smuggled past a list.
 */
export function parseAddress(text: string): Address | null {
  const octets = OCTETS.exec(text)?.slice(1);
  if (!octets || octets.some((octet) => Number(octet) > 255 || String(Number(octet)) !== octet)) return null;
  return octets.reduce((address, octet) => address * 256 + Number(octet), 0);
}

export const formatAddress = (address: Address): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");

/** Both ends included. */
export interface Span {
  readonly first: Address;
  readonly last: Address;
}

export const contains = ({ first, last }: Span, address: Address): boolean =>
  first <= address && address <= last;
export const within = (inner: Span, outer: Span): boolean =>
  contains(outer, inner.first) && contains(outer, inner.last);

/** A larger network is a typing mistake, not a site. */
const WIDEST = 2 ** 16;

/**
 * Reads `10.0.0.0/24`, `10.0.0.5-10.0.0.20` or `10.0.0.7`.
 *
 * @throws Fault ADDRESS_REFUSED for anything else, for networks that do not begin at their own address, and for more
 * than 65,536 addresses
 */
export function parseSpan(text: string): Span {
  const refuse = (reason: string): never => {
    throw new Fault("ADDRESS_REFUSED", { addresses: text.slice(0, 80), reason });
  };
  const trimmed = text.trim();
  const span = trimmed.includes("/") ? network(trimmed) : fromTo(trimmed);
  if (!span || span.last < span.first) return refuse("expected 10.0.0.0/24, 10.0.0.5-10.0.0.20 or 10.0.0.7");
  if (span.last - span.first >= WIDEST) return refuse(`more than ${WIDEST} addresses`);
  return span;
}

function fromTo(text: string): Span | null {
  const [from = "", to = from, ...more] = text.split("-").map((part) => part.trim());
  const [first, last] = [parseAddress(from), parseAddress(to)];
  return first === null || last === null || more.length > 0 ? null : { first, last };
}

/** The hosts of a network: without its own address and its broadcast address, where it has them. */
function network(text: string): Span | null {
  const [, base = "", length = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const [first, prefix] = [parseAddress(base), Number(length)];
  if (first === null || length === "" || prefix > BITS) return null;
  const size = 2 ** (BITS - prefix);
  if (first % size !== 0) return null;
  return size <= 2 ? { first, last: first + size - 1 } : { first: first + 1, last: first + size - 2 };
}

const span = (network: string): Span => {
  const [base = "", prefix = ""] = network.split("/");
  const first = parseAddress(base);
  if (first === null) throw new Error(`not a network: ${network}`);
  return { first, last: first + 2 ** (BITS - Number(prefix)) - 1 };
};

export const LOOPBACK = span("127.0.0.0/8");

/** Where no device can be, whatever a configuration says. */
export const NEVER: readonly Span[] = ["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"].map(span);
