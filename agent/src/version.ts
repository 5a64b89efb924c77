/** What this agent calls itself towards the hub; equal to the version of its package. */
export const AGENT_VERSION = "0.1.0";
