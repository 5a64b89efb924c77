import { Fault, type AgentId } from "@fyr/protocol";
import type { HubAnswer, HubRequest, HubWire, LineWish, MessageLine } from "@fyr/agent/testing";
import { openBell } from "./bell.ts";
import type { Life } from "./core/life.ts";
import { pendingOf, type Pending } from "./core/pending.ts";
import type { Stage } from "./core/stage.ts";
import type { Asked } from "./hub-door.ts";
import type { HubHost } from "./hub-host.ts";

/** The line of one site to the hub: what may go wrong with a line, goes wrong here. */
export interface HubLine {
  openWire(life: Life, address: { credentials: { chainPem: string } }): HubWire;
  openLine(life: Life, wish: LineWish): Promise<MessageLine>;
  /** Nothing passes, in no direction, and nobody says so. */
  partitioned: boolean;
  /** The hub hears the site, and the site hears nothing. */
  deaf: boolean;
}

/** Told of what passes, for those who judge it. */
export interface LineWitness {
  fetched(agent: AgentId, path: string, bytes: number): void;
  asked(agent: AgentId, asked: Asked): void;
  answered(agent: AgentId, asked: Asked, answer: HubAnswer): void;
}

/** An answer in a word: how long it is, or why it refuses. */
const said = ({ status, body }: HubAnswer): string | number =>
  status < 400 ? body.length : (JSON.parse(Buffer.from(body).toString("utf8")) as { code: string }).code;

const ROUTES = "/agent/v1/";
const QUICK_MS = [2, 60] as const;
const SLOW_MS = 20_000;
/** Images pass in pieces of this size, at this rate. */
const PIECE_BYTES = 256 * 1024;
const BYTES_PER_MS = 4_000;
/** A replayed request comes within this time. */
const REPLAY_MS = 600_000;

const unheard = () => {};

export function hubLine(stage: Stage, hub: HubHost, agentId: AgentId, witness: LineWitness): HubLine {
  const { time, trace } = stage;
  const name = agentId.slice(-4);
  const luck = stage.random(`line ${agentId}`);
  const delayMs = (): number => {
    if (stage.strikes("messageSlow")) return -Math.log(1 - luck.next()) * SLOW_MS;
    return QUICK_MS[0] + luck.next() * (QUICK_MS[1] - QUICK_MS[0]);
  };

  /** Brings a request to the hub whatever became of whoever sent it, and the hub's answer to the other end. */
  function ask(asked: Asked, answered: (answer: HubAnswer) => void, refused: (reason: string) => void): void {
    if (line.partitioned) return trace.say(name, `${asked.path} vanished`);
    witness.asked(agentId, asked);
    hub.serve(
      asked,
      (answer) => {
        witness.answered(agentId, asked, answer);
        trace.say(name, `${asked.path.slice(ROUTES.length)} ${answer.status} ${said(answer)}`);
        answered(answer);
      },
      refused,
    );
  }

  function sendAgain(asked: Asked): void {
    if (stage.strikes("requestDuplicated")) time.after(delayMs(), () => ask(asked, unheard, unheard));
    if (stage.strikes("requestReplayed"))
      time.after(luck.next() * REPLAY_MS, () => ask(asked, unheard, unheard));
  }

  function fetch({ path, take }: HubRequest, bytes: Uint8Array): Promise<void> {
    witness.fetched(agentId, path, bytes.length);
    return take?.(bytes) ?? Promise.resolve();
  }

  function exchange(life: Life, chainPem: string, request: HubRequest): Promise<HubAnswer> {
    const asked: Asked = { ...request, chainPem };
    const pending = pendingOf<HubAnswer>(life, request.signal);
    const reset = (reason: string) =>
      void time.after(1, () => pending.fail(new Fault("HUB_UNREACHABLE", { reason })));
    const silent = () => pending.fail(new Fault("PEER_SILENT", { limit: "idle" }));
    pending.until(time.after(request.idleMs, silent));
    const answered = (answer: HubAnswer) => {
      if (line.partitioned || line.deaf || stage.strikes("answerLost")) return;
      if (stage.strikes("answerReset")) return reset("reset");
      const take = request.take && ((bytes: Uint8Array) => fetch(request, bytes));
      time.after(delayMs(), () => handOver(stage, line, pending, take, answer));
    };
    if (stage.strikes("requestLost")) return pending.promise;
    if (stage.strikes("requestReset")) reset("reset");
    else
      time.after(delayMs(), () => {
        ask(asked, answered, reset);
        sendAgain(asked);
      });
    return pending.promise;
  }

  const line: HubLine = {
    partitioned: false,
    deaf: false,
    openWire: (life, { credentials }) => ({
      exchange: (request) => exchange(life, credentials.chainPem, request),
      close: unheard,
    }),
    openLine: (life, wish) => life.keep(openBell({ stage, hub, agentId, line, life }, wish)),
  };
  return line;
}

/** An answer has come through: of an image, its bytes are taken piece by piece, and the line may break in them. */
function handOver(
  stage: Stage,
  line: HubLine,
  pending: Pending<HubAnswer>,
  take: HubRequest["take"],
  answer: HubAnswer,
): void {
  if (pending.isOver()) return;
  if (answer.status !== 206 || !take) return pending.answer(answer);
  const pour = async (): Promise<void> => {
    for (let at = 0; at < answer.body.length; at += PIECE_BYTES) {
      const piece = answer.body.subarray(at, at + PIECE_BYTES);
      await new Promise<void>((resolve) => stage.time.after(piece.length / BYTES_PER_MS, resolve));
      if (pending.isOver() || line.partitioned) return;
      if (stage.strikes("imageCut")) throw new Fault("HUB_UNREACHABLE", { reason: "cut in a body" });
      await take(piece);
    }
    pending.answer({ ...answer, body: new Uint8Array() });
  };
  pour().catch((error: Error) => pending.fail(error));
}
