import { FAULTS, type FaultCode, type RetryClass } from "./codes.ts";

/** Facts that help a person or a program; never a secret. */
export type FaultDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * An expected failure. Its code is stable and decides everything that a program does about it; the message is one
 * English sentence for logs. People read the texts of `faultText`.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly details: FaultDetails;

  constructor(code: FaultCode, details: FaultDetails = {}, options?: ErrorOptions) {
    super(`${code}${Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : ""}`, options);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return FAULTS[this.code].status;
  }

  get retry(): RetryClass {
    return FAULTS[this.code].retry;
  }
}

/** Whether an error is an expected failure, of one of `codes` when any are given. */
export const isFault = <C extends FaultCode = FaultCode>(
  error: unknown,
  ...codes: C[]
): error is Fault & { readonly code: C } =>
  error instanceof Fault && (codes.length === 0 || (codes as FaultCode[]).includes(error.code));
