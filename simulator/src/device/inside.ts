import type { Clock, Random } from "@fyr/runtime";
import type { Door, Right } from "./door.ts";
import type { Answer, DeviceReply, DeviceRequest } from "./exchange.ts";
import type { Faults } from "./faults/faults.ts";
import type { Generation } from "./generations.ts";
import type { Identity } from "./identity.ts";
import type { Life } from "./life.ts";
import type { DeviceState } from "./state.ts";

/** A device as its own parts see it. */
export interface Inside {
  readonly clock: Clock;
  readonly random: Random;
  readonly state: DeviceState;
  readonly life: Life;
  readonly door: Door;
  readonly faults: Faults;
  readonly endpoints: readonly Endpoint[];
  /** Image versions that it refuses as revoked. */
  readonly revoked: readonly string[];
  /** Breaks the connection when an upload by the legacy call is whole, as some old devices do (vapix.md 1.9). */
  readonly dropsOnFlash: boolean;
  /** Of the version that really runs. */
  generation(): Generation;
  /** As the device tells it: a fault may make it lie. */
  identity(): Identity;
  /** As the device tells it. */
  version(): string;
  /** To be called after each change of `state`. */
  changed(): void;
}

/** A request on its way through one endpoint. */
export interface Call {
  readonly device: Inside;
  readonly request: DeviceRequest;
  readonly query: URLSearchParams;
  /** What to answer to a visitor without `right`; null when he may pass. */
  refusal(right: Right): Answer | null;
}

/** How an API appears in the list of APIs (vapix.md 2.3). */
export interface Listing {
  readonly id: string;
  readonly version: string;
  readonly name: string;
}

/** One address of a device and what it does. */
export interface Endpoint {
  readonly path: string;
  /** `path` is a beginning: everything below it belongs to the endpoint. */
  readonly below?: true;
  /** Left out: every generation has it. */
  readonly offered?: (generation: Generation) => boolean;
  readonly listing?: (generation: Generation) => Listing | null;
  answer(call: Call): DeviceReply | Promise<DeviceReply>;
}

/** Does this generation have the endpoint? */
export const offers = (endpoint: Endpoint, generation: Generation): boolean =>
  endpoint.offered?.(generation) ?? true;

/** Is `path` an address of the endpoint? */
export const serves = (endpoint: Endpoint, path: string): boolean =>
  endpoint.below ? `${path}/`.startsWith(endpoint.path) : path === endpoint.path;
