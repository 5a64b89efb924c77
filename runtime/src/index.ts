/** What every process of Fyr needs: ports to the world, and the real things behind them. */
export * from "./ask-secret.ts";
export * from "./clock.ts";
export * from "./config.ts";
export * from "./config-error.ts";
export * from "./files.ts";
export * from "./ids.ts";
export * from "./lifecycle.ts";
export * from "./log.ts";
export * from "./low-ports.ts";
export * from "./net.ts";
export * from "./random.ts";
