/** What a listener tells about each request that it answered. */
export interface RequestMetrics {
  /** `route` is a name of the listener's table, or `refused`; never a path, whose number has no bound. */
  observe(route: string, status: number, durationMs: number): void;
}

export const noMetrics: RequestMetrics = { observe: () => undefined };
