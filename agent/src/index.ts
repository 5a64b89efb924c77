/** The agent as others may use it. What is not named here is free to change. */
export { createAgent, type Agent, type AgentPorts, type AgentSettings } from "./agent.ts";
export { AgentConfig } from "./config.ts";
export { enrol, type EnrolPorts, type EnrolWish } from "./link/enrol.ts";
export type { Identity, IdentityStore } from "./link/identity.ts";
export type * from "./ports.ts";
export * from "./server/index.ts";
