import { Fault } from "@fyr/protocol";
import type { Ports, Wire } from "../vapix/index.ts";
import { contains, formatAddress, LOOPBACK, NEVER, parseAddress, within, type Address } from "./addresses.ts";
import type { SiteRange } from "./ranges.ts";

/** One address that may be asked. */
export interface Candidate {
  readonly host: string;
  readonly ports: Ports;
  readonly group: string | null;
}

/** Which addresses the agent may ever connect to as devices (security.md B3-I1). */
export interface AddressPolicy {
  /** Null where the agent has no business. */
  candidate(host: string): Candidate | null;
  /** All of them, in order. */
  candidates(): Iterable<Candidate>;
}

/**
 * @param also addresses that somebody else answers for at this moment: the devices that a server on this host records
 * @param own the agent's own addresses at this moment: it does not take itself for a device
 * @throws Fault ADDRESS_REFUSED for a range in which no device can be
 */
export function createAddressPolicy(
  ranges: readonly SiteRange[],
  own: () => readonly string[],
  also: () => readonly SiteRange[] = () => [],
): AddressPolicy {
  for (const range of ranges) refuseHopeless(range);

  const rangeOf = (address: Address): SiteRange | undefined => {
    if (NEVER.some((span) => contains(span, address))) return undefined;
    return [...ranges, ...also()].find(
      (range) => contains(range, address) && loopbackIsNamed(range, address),
    );
  };
  const candidateAt = (address: Address, mine: readonly string[]): Candidate | null => {
    const range = rangeOf(address);
    const host = formatAddress(address);
    return range && !mine.includes(host) ? { host, ports: range.ports, group: range.group } : null;
  };
  return {
    candidate(host) {
      const address = parseAddress(host);
      return address === null ? null : candidateAt(address, own());
    },
    *candidates() {
      const mine = own();
      const seen = new Set<Address>();
      for (const { first, last } of [...ranges, ...also()]) {
        for (let address = first; address <= last; address++) {
          const candidate = seen.has(address) ? null : candidateAt(address, mine);
          seen.add(address);
          if (candidate) yield candidate;
        }
      }
    },
  };
}

/** A range that merely covers the loopback network does not name it. */
const loopbackIsNamed = (range: SiteRange, address: Address): boolean =>
  !contains(LOOPBACK, address) || within(range, LOOPBACK);

function refuseHopeless(range: SiteRange): void {
  const hopeless = NEVER.find((span) => within(range, span));
  if (!hopeless) return;
  const addresses = `${formatAddress(range.first)}-${formatAddress(range.last)}`;
  throw new Fault("ADDRESS_REFUSED", { addresses, reason: "no device can have these addresses" });
}

const TARGET = /^https?:\/\/([^/:@]+):(\d+)\//;

/** The only wire that device clients are given: nothing outside the site's ranges ever gets a connection. */
export const allowedWire = (wire: Wire, policy: AddressPolicy): Wire => ({
  async exchange(request) {
    const [, host = "", port = ""] = TARGET.exec(request.url) ?? [];
    const ports = policy.candidate(host)?.ports;
    const open = ports !== undefined && [ports.http, ports.https].includes(Number(port));
    if (!open) throw new Fault("ADDRESS_REFUSED", { address: `${host}:${port}`.slice(0, 80) });
    return wire.exchange(request);
  },
});
