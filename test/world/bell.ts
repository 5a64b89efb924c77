import { Fault, Presence, ProgressReport, topic, type AgentId } from "@fyr/protocol";
import type { LineWish, MessageLine } from "@fyr/agent/testing";
import type { Life } from "./core/life.ts";
import type { Stage } from "./core/stage.ts";
import type { HubHost } from "./hub-host.ts";

interface BellPorts {
  readonly stage: Stage;
  readonly hub: HubHost;
  readonly agentId: AgentId;
  readonly line: { readonly partitioned: boolean; readonly deaf: boolean };
  readonly life: Life;
}

const CONNECT_MS = 30;
/** A peer that fell silent is missed after its keep-alive and a half. */
const MISSED_MS = 90_000;

/** The doorbell's connection: ends with either process, and with the line a while after nobody hears anybody. */
export async function openBell(
  { stage, hub, agentId, line, life }: BellPorts,
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
