/** What the agents' listener bears, of one agent and of all together. */
export interface AgentsLimits {
  readonly connections: number;
  /** Requests being answered at once; one more is told to come back. */
  readonly requestsAtOnce: number;
  readonly transfersAtOnce: number;
  readonly enrolmentsPerMinute: number;
  /** Requests that one agent may make per second, over bursts of ten seconds. */
  readonly requestsPerSecond: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** Silence in the middle of an exchange. */
  readonly idleMs: number;
  /** Silence between exchanges; longer than the slowest poll, so that polls keep their connection. */
  readonly keepAliveMs: number;
  readonly headerBytes: number;
  /** How long running exchanges may take to end when the listener closes. */
  readonly drainMs: number;
}

export const AGENTS_LIMITS: AgentsLimits = {
  connections: 15_000,
  requestsAtOnce: 2_000,
  transfersAtOnce: 200,
  enrolmentsPerMinute: 10,
  requestsPerSecond: 50,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 60_000,
  keepAliveMs: 11 * 60_000,
  headerBytes: 8 * 1024,
  drainMs: 5_000,
};
