import type { HubAddress, HubAnswer, HubRequest, HubWire, OpenHubWire } from "@fyr/agent/testing";
import { Fault } from "@fyr/protocol";
import { between, pick, sleep, type Clock, type Random } from "@fyr/runtime";

/** How often requests meet which fault, each a chance from 0 to 1. What is left goes as it should. */
export interface WireFaults {
  /** The request never leaves. */
  readonly requestLost: number;
  /** The hub hears and answers; nobody hears that. */
  readonly answerLost: number;
  /** The same request is sent twice, both under way at once; either answer counts. */
  readonly duplicated: number;
  /** The sender has given up when the request leaves, so that later ones come before it. */
  readonly overtaken: number;
  /** The answer to an earlier request comes instead of this one's, which is lost. Only answers that have a body. */
  readonly staleAnswer: number;
  /** After an exchange that went well, an old request is sent once more, over a connection of its own. */
  readonly replayed: number;
  /** An overtaken request leaves so much later at most, in milliseconds. */
  readonly longestDelayMs: number;
  /** Requests below these paths meet the faults; all others pass. */
  readonly paths: readonly string[];
}

export type WireFault = Exclude<keyof WireFaults, "longestDelayMs" | "paths">;

/** Drawn in this order. `replayed` comes after an exchange, not instead of it. */
const INSTEAD = ["requestLost", "answerLost", "duplicated", "overtaken", "staleAnswer"] as const;

/** A request as it went over the wire. */
export interface CapturedRequest {
  readonly method: HubRequest["method"];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string;
}

export interface UnreliableWirePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: WireFault) => void;
  /** Told of every request with a body, before anything becomes of it. */
  readonly onCapture: (request: CapturedRequest) => void;
}

/** Of the requests and answers that have been, the newest so many may come again. */
const MEMORY = 64;

/**
 * A wire on which requests are lost, doubled, late and repeated, in front of `open`'s real one: what TCP never does to
 * bytes, and retries, proxies and attackers do to requests (security.md F-16, F-38).
 */
export function unreliableWire(
  open: OpenHubWire,
  faults: WireFaults,
  ports: UnreliableWirePorts,
): OpenHubWire {
  return (address) => new UnreliableWire(open, address, faults, ports);
}

class UnreliableWire implements HubWire {
  readonly #open: OpenHubWire;
  readonly #address: HubAddress;
  readonly #faults: WireFaults;
  readonly #ports: UnreliableWirePorts;
  readonly #wire: HubWire;
  readonly #closing = new AbortController();
  readonly #requests: HubRequest[] = [];
  readonly #answers: HubAnswer[] = [];

  constructor(open: OpenHubWire, address: HubAddress, faults: WireFaults, ports: UnreliableWirePorts) {
    this.#open = open;
    this.#address = address;
    this.#faults = faults;
    this.#ports = ports;
    this.#wire = open(address);
  }

  async exchange(request: HubRequest): Promise<HubAnswer> {
    if (!this.#faults.paths.some((path) => request.path.startsWith(path)))
      return this.#wire.exchange(request);
    if (request.body) this.#ports.onCapture(captured(request));
    const answer = await this.#meet(this.#draw(request), request);
    if (request.body) {
      remember(this.#requests, request);
      if (answer.body.length > 0) remember(this.#answers, answer);
      if (this.#strikes("replayed")) void this.#replay(pick(this.#ports.random, this.#requests));
    }
    return answer;
  }

  close(): void {
    this.#closing.abort();
    this.#wire.close();
  }

  /** What is read as it arrives can only be lost before it arrives. */
  #draw({ body }: HubRequest): WireFault | null {
    let chance = this.#ports.random.next();
    for (const fault of INSTEAD) {
      chance -= this.#faults[fault];
      if (chance >= 0) continue;
      if (!body && fault !== "requestLost") return null;
      if (fault === "staleAnswer" && this.#answers.length === 0) return null;
      return this.#tell(fault);
    }
    return null;
  }

  #strikes(fault: WireFault): boolean {
    return this.#ports.random.next() < this.#faults[fault] && this.#tell(fault) === fault;
  }

  #tell(fault: WireFault): WireFault {
    this.#ports.onFault(fault);
    return fault;
  }

  async #meet(fault: WireFault | null, request: HubRequest): Promise<HubAnswer> {
    switch (fault) {
      case "requestLost":
        throw gone("the request was lost");
      case "answerLost":
        await this.#wire.exchange(request);
        throw gone("the answer was lost");
      case "duplicated": {
        const both = [this.#wire.exchange(request), this.#wire.exchange(request)] as const;
        const answers = await Promise.all(both);
        return pick(this.#ports.random, answers);
      }
      case "overtaken":
        void this.#sendLate(request);
        throw gone("the request was late");
      case "staleAnswer":
        return pick(this.#ports.random, this.#answers);
      default:
        return this.#wire.exchange(request);
    }
  }

  async #sendLate(request: HubRequest): Promise<void> {
    const { clock, random } = this.#ports;
    await sleep(clock, between(random, 1, this.#faults.longestDelayMs), this.#closing.signal);
    if (!this.#closing.signal.aborted) await this.#unheard(this.#wire, request);
  }

  async #replay(request: HubRequest): Promise<void> {
    const own = this.#open(this.#address);
    await this.#unheard(own, request);
    own.close();
  }

  /** Nobody waits for this answer, or for its failure. */
  async #unheard(wire: HubWire, { signal: _theSenders, ...request }: HubRequest): Promise<void> {
    await wire.exchange(request).catch(() => {});
  }
}

const gone = (reason: string): Fault => new Fault("HUB_UNREACHABLE", { reason });

function remember<T>(memory: T[], item: T): void {
  memory.push(item);
  if (memory.length > MEMORY) memory.shift();
}

const captured = ({ method, path, headers = {}, body = new Uint8Array() }: HubRequest): CapturedRequest => ({
  ...{ method, path, headers },
  body: Buffer.from(body).toString("base64"),
});
