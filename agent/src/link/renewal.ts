import { LEAF_LIFE_MS, type AgentKeys } from "@fyr/certs";
import { Fault, isFault } from "@fyr/protocol";
import { sleep, type Clock, type Logger, type Random } from "@fyr/runtime";
import type { HubLink, SiteTime } from "../ports.ts";
import { waitAsked } from "./answers.ts";
import { ARCHIVED_MS, aroundMs } from "./backoff.ts";
import { checkChain, type Identity, type IdentityStore, type ReadLeaf } from "./identity.ts";

export interface RenewalPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly time: SiteTime;
  readonly keys: AgentKeys;
  readonly readLeaf: ReadLeaf;
  readonly identities: IdentityStore;
  readonly link: Pick<HubLink, "renew">;
  /** Asks the hub something small as `identity`, over a connection of its own. */
  readonly probe: (identity: Identity) => Promise<void>;
  /** From now on every connection is this identity's. */
  readonly adopt: (identity: Identity) => void;
}

export interface RenewalLoop {
  start(): void;
  /** The hub says that the certificate has ended: renew now. */
  hurry(): void;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** The host's clock and the hub's may move while we wait, so a long wait is looked at again. */
const LONGEST_SLEEP_MS = 60 * MINUTE_MS;
const TRY_AGAIN_MS = { first: MINUTE_MS, longest: 60 * MINUTE_MS } as const;
/** The hub may have ended the old certificate by an answer that never came: until the new one is proved, be quick. */
const PROVE_AGAIN_MS = 2 * MINUTE_MS;
/** Shut out until it has a new certificate. */
const HURRY_MS = 5 * MINUTE_MS;

/**
 * Keeps the certificate young: a new key, certified over the old one's connection, kept on disk beside the old pair,
 * and put in its place only after the hub has answered it. Whenever the process is killed, one working pair is on
 * disk (security.md 7.4).
 */
export function createRenewal(ports: RenewalPorts, first: Identity): RenewalLoop {
  const { clock, random, log, identities } = ports;
  const stopping = new AbortController();
  let current = first;
  let failures = 0;
  let hurried = false;
  /** Not to be asked before, in monotonic milliseconds. */
  let quietUntil = 0;
  let wake = () => {};
  let running = Promise.resolve();

  /** The hub's time where it is known: certificates carry its dates. */
  const now = () => (Number.isFinite(ports.time.uncertaintyMs()) ? ports.time.now() : clock.wall());

  /** Alive by this host's own clock: whoever wants to replace it by an older one has a clock that is wrong. */
  function isOfToday({ chain }: Identity): boolean {
    const leftMs = ports.readLeaf(chain).notAfterMs - clock.wall();
    return leftMs >= 0 && leftMs <= LEAF_LIFE_MS;
  }

  async function certify(): Promise<Identity> {
    const { keyPem, publicKeySpki } = ports.keys.create();
    const told = await ports.link.renew(await ports.keys.request(keyPem));
    const renewAt = checkChain(ports.readLeaf, told, {
      publicKeySpki,
      orgId: current.orgId,
      agentId: current.agentId,
    });
    if (
      ports.readLeaf(told.chain).notAfterMs < ports.readLeaf(current.chain).notAfterMs &&
      isOfToday(current)
    )
      throw new Fault("HUB_UNREACHABLE", { reason: "the certificate ends before the one that it replaces" });
    const next = { ...current, keyPem, chain: told.chain, renewAt };
    await identities.save("next", next);
    return next;
  }

  /**
   * Puts `next` to use once the hub has answered it; a certificate that the hub does not know is dropped. One that is
   * over is known, and the only one that can be exchanged: the old one may have ended by it.
   */
  async function prove(next: Identity): Promise<void> {
    try {
      await ports.probe(next);
    } catch (error) {
      if (isFault(error, "CERTIFICATE_UNKNOWN", "CERTIFICATE_REVOKED")) await identities.remove("next");
      if (!isFault(error, "CERTIFICATE_EXPIRED")) throw error;
    }
    await identities.promote();
    current = next;
    ports.adopt(next);
    log.info({ renewAt: next.renewAt }, "certificate renewed");
  }

  /** A certificate that a former process was given and did not come to prove. */
  async function leftover(): Promise<Identity | null> {
    try {
      return await identities.load("next");
    } catch (error) {
      if (!isFault(error, "MESSAGE_INVALID")) throw error;
      await identities.remove("next");
      return null;
    }
  }

  /** Milliseconds to rest before the next look. */
  async function turn(): Promise<number> {
    let next: Identity | null = null;
    try {
      next = await leftover();
      const isDue = next !== null || hurried || now() >= current.renewAt;
      if (!isDue) return current.renewAt - now();
      if (clock.mono() < quietUntil) return quietUntil - clock.mono();
      await prove(next ?? (await certify()));
      hurried = false;
      failures = 0;
      return 0;
    } catch (error) {
      if (isFault(error, "ORG_ARCHIVED")) {
        quietUntil = clock.mono() + aroundMs(ARCHIVED_MS, random);
        return quietUntil - clock.mono();
      }
      const longest = next ? PROVE_AGAIN_MS : hurried ? HURRY_MS : TRY_AGAIN_MS.longest;
      const waitMs = Math.min(longest, TRY_AGAIN_MS.first * 2 ** failures++);
      log.warn({ error, failures }, "certificate not renewed");
      return waitAsked(error) + aroundMs(waitMs, random);
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const restMs = await turn();
      const resting = new AbortController();
      const stop = () => resting.abort();
      stopping.signal.addEventListener("abort", stop);
      wake = failures === 0 ? stop : () => {};
      await sleep(clock, Math.min(restMs, LONGEST_SLEEP_MS), resting.signal);
      stopping.signal.removeEventListener("abort", stop);
    }
  }

  return {
    start: () => void (running = loop()),
    hurry() {
      hurried = true;
      wake();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
