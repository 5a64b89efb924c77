import { ownerOf } from "@fyr/hub/testing";
import { Fault, isFault, isTerminal, type Device, type OrgId, type Task } from "@fyr/protocol";
import { pick, type Random } from "@fyr/runtime";
import type { Services } from "@fyr/hub";
import type { World, WorldAgent } from "./cast.ts";
import { BEGAN_MS } from "./core/life.ts";
import { leadTo } from "./leads.ts";

/** Operators of all organisations: random clients of the hub's services, as patient as people are. */
export interface People {
  /** Look around, order what can be ordered, read what may be read, at random moments of the storm. */
  begin(): void;
  cancelSomething(): void;
  orderAgain(): void;
  revoke(agent: WorldAgent): Promise<void>;
  /** Takes back every task that waits for somebody, or for longer than anybody would. */
  tidyUp(): void;
  /** Nothing that was clicked still waits for an answer. */
  areIdle(): boolean;
}

type Target = Parameters<Services["createUpgrade"]>[1]["targets"][number];

const nameOf = ({ deviceId, digest }: Target): string => `${deviceId} ${digest}`;

/** Somebody whose click is not answered clicks again, at the latest after so long. */
const ASK_AGAIN_MS = 8_000;
const LOOK_EVERY_MS = 400_000;
/** Of somebody who is there for one thing only. */
const LOOK_SOON_MS = 60_000;
const FIRST_LOOK_MS = 15_000;

export function people(world: World): People {
  const { stage, hub, witness } = world;
  const { time, trace } = stage;
  const luck = stage.random("people");
  let asking = 0;
  let keys = 0;

  /** Asks until the hub has answered, whatever becomes of hubs meanwhile. */
  async function ask<T>(what: string, work: (services: Services) => Promise<T>): Promise<T | Fault> {
    asking++;
    try {
      for (let waitMs = 1_000; ; waitMs = Math.min(60_000, waitMs * 2)) {
        const said = await attempt(work);
        if (said !== undefined) return said;
        trace.say("people", `${what} again`);
        await pause(waitMs * (0.5 + luck.next()));
      }
    } finally {
      asking--;
    }
  }

  /** Undefined when no answer came. */
  async function attempt<T>(work: (services: Services) => Promise<T>): Promise<T | Fault | undefined> {
    const [life, services] = [hub.life(), hub.services()];
    if (!life || !services) return undefined;
    const asked = life.keep(work(services)).catch((error: unknown) => {
      if (!isFault(error)) throw error;
      return error.retry === "transient" ? undefined : error;
    });
    return Promise.race([asked, pause(ASK_AGAIN_MS).then(() => undefined)]);
  }

  const pause = (ms: number) => new Promise<void>((resolve) => void time.after(ms, resolve));

  /** Whatever is shown belongs to whom it is shown to. */
  async function read<T>(orgId: OrgId, what: string, work: (s: Services) => Promise<T>): Promise<T | null> {
    const said = await ask(what, work);
    witness.tell.told(orgId, said instanceof Fault ? said.details : said);
    return said instanceof Fault ? null : said;
  }

  const ordered = new Set<string>();
  const { focus } = stage.options;
  const { deadlineS } = leadTo(focus ?? "");
  const deadline = () =>
    deadlineS === undefined ? {} : { deadline: Math.floor(BEGAN_MS + time.now()) + 1_000 * deadlineS };

  async function order(orgId: OrgId, targets: readonly Target[]): Promise<void> {
    for (const target of targets) ordered.add(nameOf(target));
    const key = `click ${++keys}`;
    const click = () =>
      ask("order", (services) =>
        services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted", ...deadline() }, key),
      );
    const { offMs } = hub.clock;
    const times = stage.strikes("clickRepeated") ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: times }, click));
    const [upgrade, again] = answers;
    if (!upgrade || upgrade instanceof Fault) return trace.say("people", `order: ${upgrade?.code}`);
    // A key counts for two days: a hub whose clock is set meanwhile may hold that they have passed.
    const isSameDay = offMs === hub.clock.offMs;
    if (again && !(again instanceof Fault) && again.id !== upgrade.id && isSameDay)
      stage.accuse("X3", "one click with one key made two upgrades");
    const tasks = await read(orgId, "tasks of an order", (services) =>
      services.tasks(ownerOf(orgId), { upgradeId: upgrade.id }, { limit: 100 }),
    );
    trace.say("people", `ordered ${targets.length}`);
    if (tasks) witness.tell.ordered(orgId, upgrade, tasks.items);
  }

  async function lookAround(orgId: OrgId): Promise<void> {
    const devices = await read(orgId, "devices", (services) =>
      services.devices(ownerOf(orgId), { limit: 100 }),
    );
    const wishes = devices?.items.flatMap((device) => wishFor(device)) ?? [];
    const isNew = (target: Target) => !ordered.has(nameOf(target)) && luck.next() < 0.8;
    const news = wishes.filter((target) => focus !== undefined || isNew(target));
    if (news.length > 0) await order(orgId, news);
    await browse(orgId);
  }

  /** What a device could be upgraded to, mostly the next; nothing for one that has not told what it is yet. */
  function wishFor({ id, hardwareId, version }: Device): Target[] {
    const newer = world.library.newer(hardwareId, version);
    const image = focus !== undefined || luck.next() < 0.7 ? newer.at(0) : newer.at(-1);
    return image ? [{ deviceId: id, digest: image.digest }] : [];
  }

  /** Pages of one's own, and what happens when one asks for what belongs to another. */
  async function browse(orgId: OrgId): Promise<void> {
    const tasks = await read(orgId, "tasks", (services) =>
      services.tasks(ownerOf(orgId), {}, { limit: 100 }),
    );
    await read(orgId, "audit", (services) => services.audit(ownerOf(orgId), { limit: 100 }));
    await read(orgId, "agents", (services) => services.agents(ownerOf(orgId), { limit: 100 }));
    const other = world.organisations.find((id) => id !== orgId);
    const mine = tasks?.items.at(Math.floor(luck.next() * (tasks.items.length || 1)));
    if (!other || !mine) return;
    const foreign = await ask("a foreign task", (services) => services.task(ownerOf(other), mine.id));
    stage.saw("somebody asked for what is not theirs");
    if (!isFault(foreign, "NOT_FOUND"))
      stage.accuse("X5", `task ${mine.id} is shown to another organisation`);
  }

  async function tasksOf(orgId: OrgId): Promise<readonly Task[]> {
    const page = await read(orgId, "all tasks", (services) =>
      services.tasks(ownerOf(orgId), {}, { limit: 200 }),
    );
    return page?.items ?? [];
  }

  const openTasks = async (orgId: OrgId): Promise<Task[]> =>
    (await tasksOf(orgId)).filter(({ phase }) => !isTerminal(phase));

  async function cancel(orgId: OrgId, { id, phase }: Pick<Task, "id" | "phase">): Promise<void> {
    const said = await ask("cancel", (services) => services.cancelTask(ownerOf(orgId), id));
    const answer = said instanceof Fault ? said.code : said.phase;
    trace.say("people", `cancel of a task ${phase}: ${answer}`);
    stage.saw(`cancel answered ${answer}`);
  }

  async function cancelOne(orgId: OrgId, from: Random): Promise<void> {
    const all = await tasksOf(orgId);
    const open = all.filter(({ phase }) => !isTerminal(phase));
    // People are late now and then: what has ended is called off as well, and has to stay as it ended.
    const choice = open.length > 0 && from.next() < 0.8 ? open : all;
    if (choice.length === 0) return;
    const task = pick(from, choice);
    stage.fired("cancel");
    witness.tell.cancelled(task.serial);
    await cancel(orgId, task);
  }

  const anyone = () => pick(luck, world.organisations);
  const repeatedly = (orgId: OrgId) => {
    if (!stage.isStorm()) return;
    void lookAround(orgId).then(() =>
      time.after((focus === undefined ? LOOK_EVERY_MS : LOOK_SOON_MS) * luck.next(), () => repeatedly(orgId)),
    );
  };

  return {
    begin() {
      for (const orgId of world.organisations)
        time.after(FIRST_LOOK_MS * (0.5 + luck.next()), () => repeatedly(orgId));
    },
    cancelSomething: () => void cancelOne(anyone(), luck),
    orderAgain: () => void orderAgain(anyone()),
    async revoke({ orgId, host }) {
      await ask("revoke", (services) => services.revokeAgent(ownerOf(orgId), host.agentId));
      witness.tell.revoked(host.agentId);
    },
    tidyUp() {
      for (const orgId of world.organisations) void tidy(orgId);
    },
    areIdle: () => asking === 0,
  };

  /** What was ordered before, or what it stands in the way of. */
  async function orderAgain(orgId: OrgId): Promise<void> {
    const devices = await read(orgId, "devices", (services) =>
      services.devices(ownerOf(orgId), { limit: 100 }),
    );
    const known = devices?.items.filter(({ hardwareId }) => hardwareId !== "") ?? [];
    if (known.length === 0) return;
    const { id, hardwareId } = pick(luck, known);
    const { digest } = pick(luck, world.library.newer(hardwareId, "0"));
    stage.fired("ordersRepeated");
    await order(orgId, [{ deviceId: id, digest }]);
  }

  async function tidy(orgId: OrgId): Promise<void> {
    for (const task of await openTasks(orgId)) await cancel(orgId, task);
  }
}
