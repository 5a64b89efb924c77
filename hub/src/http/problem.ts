import { Fault, PROBLEM_TYPE, toProblem, type Language } from "@fyr/protocol";

/** Milliseconds after which a peer that was told to wait may try again, when the fault names none. */
const DEFAULT_RETRY_MS = 5_000;

const FULL_DISK = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL", "53100"]);

/**
 * What a caught error is towards a peer. Faults travel as they are; a full disk has its name; everything else is a
 * broken assumption, whose text stays in our log.
 */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && FULL_DISK.has(code)) {
    return new Fault("HUB_DISK_FULL", {}, { cause: error });
  }
  return new Fault("INTERNAL", {}, { cause: error });
}

export interface Refusal {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Seconds for `Retry-After`: a fault that says when, says it as `retryAfterMs`. */
function retryAfter({ status, details }: Fault): Record<string, string> {
  if (status !== 429 && status !== 503 && status !== 507) return {};
  const { retryAfterMs = DEFAULT_RETRY_MS } = details;
  return { "retry-after": String(Math.max(1, Math.ceil(Number(retryAfterMs) / 1000))) };
}

/** The answer that carries `fault`: the one form in which the hub refuses. */
export function refusal(fault: Fault, language: Language): Refusal {
  const body = JSON.stringify(toProblem(fault, language));
  return {
    status: fault.status,
    headers: {
      "content-type": PROBLEM_TYPE,
      "content-length": String(Buffer.byteLength(body)),
      "content-language": language,
      "cache-control": "no-store",
      ...retryAfter(fault),
    },
    body,
  };
}

/** The same as bytes for a socket on which HTTP never came to stand; the connection ends with it. */
export function rawRefusal(fault: Fault, language: Language): string {
  const { status, headers, body } = refusal(fault, language);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Refused`, ...lines, "connection: close", "", body].join("\r\n");
}
