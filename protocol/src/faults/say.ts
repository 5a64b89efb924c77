/** What people read about a fault: what happened, what is true now, what to do. */
export interface FaultText {
  readonly what: string;
  readonly now: string;
  readonly remedy: string;
}

export const say = (what: string, now: string, remedy: string): FaultText => ({ what, now, remedy });
