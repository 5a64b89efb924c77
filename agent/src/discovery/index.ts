/** Which devices a site has, found by asking the addresses that its installer named. */
export { allowedWire, createAddressPolicy, type AddressPolicy, type Candidate } from "./address-policy.ts";
export {
  createDiscovery,
  type Discovery,
  type DiscoveryFinds,
  type DiscoveryOptions,
  type DiscoveryPorts,
  type SweepResult,
} from "./discovery.ts";
export { RangeSetting, siteRange, type SiteRange } from "./ranges.ts";
export type { Knock, Sighting } from "./sighting.ts";
export { tcpKnock } from "./wire/knock.ts";
export { ownAddresses } from "./wire/own-addresses.ts";
