import { Fault, Presence, ProgressReport, topic, type AgentId } from "@fyr/protocol";
import type { HubAnswer, HubRequest, HubWire, LineWish, MessageLine } from "@fyr/agent/testing";
import type { Life } from "./core/life.ts";
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

  const unheard = () => {};

  function sendAgain(asked: Asked): void {
    if (stage.strikes("requestDuplicated")) time.after(delayMs(), () => ask(asked, unheard, unheard));
    if (stage.strikes("requestReplayed"))
      time.after(luck.next() * REPLAY_MS, () => ask(asked, unheard, unheard));
  }

  function exchange(life: Life, chainPem: string, request: HubRequest): Promise<HubAnswer> {
    const asked: Asked = { ...request, chainPem };
    return new Promise((resolve, reject) => {
      const undo: (() => void)[] = [];
      let over = false;
      const finish = (act: () => void) => {
        if (over) return;
        over = true;
        for (const take of undo) take();
        act();
      };
      const fail = (reason: string) => finish(() => reject(new Fault("HUB_UNREACHABLE", { reason })));
      const abort = () => finish(() => reject(request.signal?.reason as Error));
      undo.push(
        life.onEnd(() => finish(unheard)),
        time.after(request.idleMs, () => finish(() => reject(new Fault("PEER_SILENT", { limit: "idle" })))),
      );
      if (request.signal?.aborted) return abort();
      request.signal?.addEventListener("abort", abort);
      undo.push(() => request.signal?.removeEventListener("abort", abort));

      const answered = (answer: HubAnswer) => {
        if (line.partitioned || line.deaf || stage.strikes("answerLost")) return;
        if (stage.strikes("answerReset")) return void time.after(1, () => fail("reset"));
        time.after(delayMs(), () => {
          if (over) return;
          if (answer.status !== 206 || !request.take) return finish(() => resolve(answer));
          const isOver = () => over;
          pour(stage, answer.body, request.take, isOver, line).then(
            (whole) =>
              whole ? finish(() => resolve({ ...answer, body: new Uint8Array() })) : fail("cut in a body"),
            (error: unknown) => finish(() => reject(error)),
          );
        });
      };
      if (stage.strikes("requestLost")) return;
      if (stage.strikes("requestReset")) return void time.after(1, () => fail("reset"));
      const arrive = () => {
        ask(asked, answered, (reason) => void time.after(1, () => fail(reason)));
        sendAgain(asked);
      };
      time.after(delayMs(), arrive);
    });
  }

  const line: HubLine = {
    partitioned: false,
    deaf: false,
    openWire: (life, { credentials }) => ({
      exchange: (request) => life.keep(exchange(life, credentials.chainPem, request)),
      close: unheard,
    }),
    openLine: (life, wish) => life.keep(openBell(stage, hub, agentId, line, life, wish)),
  };
  return line;
}

/** Hands a body over piece by piece; false when the line broke in it. */
async function pour(
  stage: Stage,
  body: Uint8Array,
  take: (bytes: Uint8Array) => Promise<void>,
  isOver: () => boolean,
  line: HubLine,
): Promise<boolean> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    const piece = body.subarray(at, at + PIECE_BYTES);
    await new Promise<void>((resolve) => stage.time.after(piece.length / BYTES_PER_MS, resolve));
    if (isOver() || line.partitioned) return new Promise(() => {});
    if (stage.strikes("imageCut")) return false;
    await take(piece);
  }
  return true;
}

const CONNECT_MS = 30;
/** A peer that fell silent is missed after its keep-alive and a half. */
const MISSED_MS = 90_000;

/** The doorbell's connection: ends with either process, and with the line a while after nobody hears anybody. */
async function openBell(
  stage: Stage,
  hub: HubHost,
  agentId: AgentId,
  line: HubLine,
  life: Life,
  wish: LineWish,
): Promise<MessageLine> {
  const { time } = stage;
  await new Promise<void>((resolve) => time.after(CONNECT_MS, resolve));
  const hubLife = hub.life();
  if (!hubLife || line.partitioned) throw new Fault("HUB_UNREACHABLE", { reason: "no broker" });
  const ended = Promise.withResolvers<void>();
  let open = true;
  const close = (wills: boolean) => {
    if (!open) return;
    open = false;
    offHub();
    offLife();
    hub.forgetBell(agentId, ring);
    if (wills && !hubLife.isOver()) deliver(wish.will.topic, wish.will.payload);
    ended.resolve();
  };
  const deliver = (to: string, payload: string) => {
    const message: unknown = JSON.parse(payload);
    if (to === topic(agentId, "presence")) hub.hear(agentId, "presence", Presence.parse(message));
    if (to === topic(agentId, "progress")) hub.hear(agentId, "progress", ProgressReport.parse(message));
  };
  const ring = () => {
    if (!open || stage.strikes("bellLost")) return;
    time.after(CONNECT_MS, () => {
      if (open && !life.isOver() && !line.partitioned && !line.deaf) wish.onMessage(topic(agentId, "ring"));
    });
  };
  const offHub = hubLife.onEnd(() => void time.after(CONNECT_MS, () => close(false)));
  const offLife = life.onEnd(() => void time.after(CONNECT_MS, () => close(true)));
  const watch = () => {
    if (line.partitioned) return void time.after(MISSED_MS, () => close(true));
    if (open) time.after(MISSED_MS, watch);
  };
  time.after(MISSED_MS, watch);
  hub.addBell(agentId, ring);
  return {
    publish(to, payload) {
      time.after(CONNECT_MS, () => {
        if (open && !line.partitioned && hub.life() === hubLife) deliver(to, payload);
      });
    },
    ended: life.keep(ended.promise),
    async close() {
      close(false);
    },
  };
}
