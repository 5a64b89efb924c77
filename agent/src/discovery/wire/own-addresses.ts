import { networkInterfaces } from "node:os";

/** The agent's own addresses but the loopback ones, which count as devices only where a range names them. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
