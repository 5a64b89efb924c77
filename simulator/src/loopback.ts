import { ConfigError } from "@fyr/runtime";

/**
 * A plain IPv4 address in 127.0.0.0/8, written in four decimal numbers, and nothing else. Names, IPv6, mapped,
 * octal, hexadecimal and shortened spellings are refused: none of them is needed, and each has fooled somebody.
 */
export function isLoopback(address: string | undefined): boolean {
  return (
    /^127(\.(0|[1-9]\d{0,2})){3}$/.test(address ?? "") && numbers(address ?? "").every((part) => part <= 255)
  );
}

const numbers = (address: string): number[] => address.split(".").map(Number);

/** @throws ConfigError for everything that is not a loopback address: simulated devices never leave the machine */
export function demandLoopback(address: string): string {
  if (isLoopback(address)) return address;
  throw new ConfigError(`the simulator serves addresses in 127.0.0.0/8 only, not ${JSON.stringify(address)}`);
}

/** As one number, so that addresses can be counted through. */
export const toNumber = (address: string): number =>
  numbers(address).reduce((sum, part) => sum * 256 + part, 0);

export const fromNumber = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
