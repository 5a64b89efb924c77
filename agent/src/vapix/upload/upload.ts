import { Fault, isFault, TRANSFER } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { StagedImage, UploadAnswer, UploadOptions } from "../../ports.ts";
import { enter, type ApproachPorts, type Target } from "../approach.ts";
import { CALL, exchange } from "../caller.ts";
import { parseChallenges } from "../digest/challenge.ts";
import { readDigest } from "../digest/digest.ts";
import { urlOf } from "../endpoint.ts";
import type { WireAnswer, WireRequest } from "../exchange.ts";
import type { Session } from "../session.ts";
import { BUSY } from "../calls/firmware-management.ts";
import { chooseDoor, type Door } from "./door.ts";
import { framedImage, type Frame } from "./multipart.ts";
import { watchStall } from "./stall.ts";

export interface UploadPorts extends ApproachPorts {
  readonly clock: Clock;
}

/** Some devices write the whole image before they answer. */
const ANSWER_WAIT_MS = 5 * 60_000;
const SHORTEST_BUDGET_MS = 5 * 60_000;

/** Sends an image once. See `Camera.upload`. */
export async function upload(
  ports: UploadPorts,
  target: Target,
  image: StagedImage,
  options: UploadOptions,
  signal: AbortSignal,
): Promise<UploadAnswer> {
  const ready = await prepare(ports, target, signal);
  if (ready === "busy") return { kind: "busy" };
  const transfer = begin(ports.clock, image, options, signal);
  try {
    const boundary = `fyr-${Buffer.from(ports.random.bytes(16)).toString("hex")}`;
    const request = uploadRequest(ready, ready.door.frame(boundary, options), image, transfer);
    const answer = await exchange(ports.wire, ready.session.peer, request);
    return judge(answer, ready, transfer.tailBegun());
  } catch (error) {
    return broken(error, transfer.tailBegun());
  } finally {
    transfer.end();
  }
}

interface Ready {
  readonly session: Session;
  readonly door: Door;
}

async function prepare(ports: UploadPorts, target: Target, signal: AbortSignal): Promise<Ready | "busy"> {
  try {
    const { session } = await enter(ports, target, signal);
    const door = await chooseDoor(session, target.serial);
    return door === "busy" ? door : { session, door };
  } catch (error) {
    if (isFault(error, "DEVICE_UNREACHABLE", "DEVICE_ANSWER")) throw cut(error);
    throw error;
  }
}

const cut = (cause: Fault): Fault => new Fault("TRANSFER_CUT", cause.details, { cause });

/** The watch over one sending: it can be stopped until the tail begins, and never after (upgrades.md I6). */
function begin(clock: Clock, image: StagedImage, options: UploadOptions, signal: AbortSignal) {
  const stop = new AbortController();
  let tail = false;
  let sent = 0;
  const halt = (reason: unknown) => {
    if (!tail) stop.abort(reason);
  };
  const stalled = () => halt(new Fault("TRANSFER_STALLED", { sentBytes: sent, sizeBytes: image.sizeBytes }));
  const follow = () => halt(signal.reason);
  const budgetMs = budgetOf(image);
  const endStall = watchStall(clock, () => sent, stalled);
  const endBudget = clock.after(budgetMs, stalled);
  signal.addEventListener("abort", follow);
  if (signal.aborted) follow();
  const end = () => {
    endStall();
    endBudget();
    signal.removeEventListener("abort", follow);
  };
  return {
    budgetMs,
    signal: stop.signal,
    end,
    tailBegun: () => tail,
    beforeTail() {
      stop.signal.throwIfAborted();
      options.beforeLastChunk();
      tail = true;
      end();
    },
    sent(bytes: number) {
      sent = Math.min(bytes, image.sizeBytes);
      options.onSent(sent);
    },
  };
}

const budgetOf = ({ sizeBytes }: StagedImage): number =>
  Math.max(SHORTEST_BUDGET_MS, (sizeBytes * 1_000) / TRANSFER.slowestBytesPerSecond);

function uploadRequest(
  { session, door }: Ready,
  framed: Frame,
  image: StagedImage,
  transfer: ReturnType<typeof begin>,
): WireRequest {
  const authorization = session.authorization("POST", door.path);
  return {
    method: "POST",
    url: urlOf(session.peer.endpoint, door.path),
    headers: { "content-type": framed.contentType, ...(authorization !== undefined && { authorization }) },
    body: framedImage(framed, image.body(), () => transfer.beforeTail()),
    peerKey: session.peer.key,
    maxBodyBytes: CALL.answerBytes,
    connectMs: CALL.connectMs,
    idleMs: ANSWER_WAIT_MS,
    totalMs: transfer.budgetMs + 2 * ANSWER_WAIT_MS,
    onSent: (bytes) => transfer.sent(Math.max(0, bytes - framed.before.length)),
    signal: transfer.signal,
  };
}

/** What an answer is worth; one that came before the end of the body can refuse, but not accept. */
function judge(answer: WireAnswer, { door }: Ready, tailBegun: boolean): UploadAnswer {
  if (answer.status === 401) return loginLapsed(answer, tailBegun);
  if (answer.status === BUSY) return { kind: "busy" };
  const verdict = verdictOf(answer, door);
  if (answer.bodySent || verdict.kind === "refused" || verdict.kind === "busy") return verdict;
  if (tailBegun) return { kind: "unknown", reason: "answered early" };
  throw new Fault("TRANSFER_CUT", { reason: "answered early", status: answer.status });
}

function verdictOf(answer: WireAnswer, door: Door): UploadAnswer {
  if (answer.status >= 400 && answer.status < 500) {
    return { kind: "refused", code: answer.status, message: `HTTP ${answer.status}` };
  }
  if (answer.status !== 200) return { kind: "unknown", reason: `HTTP ${answer.status}` };
  try {
    return door.read(answer);
  } catch (error) {
    if (isFault(error, "DEVICE_ANSWER")) return { kind: "unknown", reason: "unreadable answer" };
    throw error;
  }
}

/** The same login was good a moment ago: when only its nonce has aged, the next try mends it. */
function loginLapsed({ headers }: WireAnswer, tailBegun: boolean): UploadAnswer {
  const challenges = parseChallenges(headers["www-authenticate"] ?? []);
  const stale = challenges.some((challenge) => readDigest(challenge)?.stale);
  if (!stale) throw new Fault("DEVICE_DENIED", { reason: "upload" });
  if (tailBegun) return { kind: "refused", code: 401, message: "login lapsed" };
  throw new Fault("TRANSFER_CUT", { reason: "login lapsed" });
}

/** What a break means: nothing happened before the tail, anything may have happened after it. */
function broken(error: unknown, tailBegun: boolean): UploadAnswer {
  if (isFault(error, "DEVICE_UNREACHABLE", "DEVICE_ANSWER")) {
    if (!tailBegun) throw cut(error);
    return { kind: "unknown", reason: String(error.details.reason ?? error.code) };
  }
  throw error;
}
