import {
  BootId,
  OrderClaims,
  SyncId,
  WIRE_VERSION,
  type DeviceReport,
  type FaultCode,
  type Grant,
  type Order,
  type SyncRequest,
  type SyncResponse,
} from "@fyr/protocol";
import { pick, uuid7Ids, type Clock, type Random } from "@fyr/runtime";
import type { AgentDoor, AgentIdentity } from "../ports.ts";
import { deviceReport, inventoryHash } from "./device.ts";
import { jobOf, type TestJob } from "./job.ts";

/** What a device really runs, whoever believes what. */
export interface ModelDevice {
  readonly serial: DeviceReport["serial"];
  version: string;
  answers: boolean;
}

/** A job as it really was, also when its site forgot it. */
export interface ModelJob {
  readonly job: TestJob;
  readonly order: Order;
  /** Where the job stands in its own script. */
  at: "accepted" | "preparing" | "sending" | "flashing" | "trial" | "observing" | "over";
  looked: boolean;
  /** It began to write to its device. */
  touched: boolean;
  /** Events of it that reached the hub. */
  heardSeq: number;
}

/**
 * A site with devices that are only a version each: it works on its jobs a step at a time, writes down everything
 * before it does it, and keeps to what a real agent promises. Chance decides how each step goes.
 */
export interface ModelSite {
  readonly identity: AgentIdentity;
  readonly devices: Map<string, ModelDevice>;
  /** One step of one job, if any can be taken. */
  work(luck: Luck): void;
  /** A sync over a line that loses requests and answers; an unanswered request is repeated as it was. */
  sync(line: Line): Promise<void>;
  /** The agent's process ends and starts again with its journal. */
  restart(): void;
  /** The gateway's disk is replaced: the journal is gone, the certificate was restored. */
  loseJournal(): void;
  openJobs(): number;
  /** Requests as they were sent, for somebody who repeats old ones. */
  readonly sent: SyncRequest[];
}

export type Luck = "good" | "any";
export type Line = "good" | "requestLost" | "answerLost";

const FAILURES: readonly FaultCode[] = [
  "TRANSFER_CUT",
  "DEVICE_REJECTED",
  "DEVICE_DENIED",
  "IMAGE_WRONG_MODEL",
  "DEVICE_UNREACHABLE",
  "DISK_FULL",
];

export function modelSite(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  /** Every job that any site ever had; this one's are added. */
  history: ModelJob[],
  door: Pick<AgentDoor, "sync">,
  identity: AgentIdentity,
): ModelSite {
  const ids = uuid7Ids(clock, random.split(`ids ${identity.agentId}`));
  const dice = random.split(`dice ${identity.agentId}`);
  const devices = new Map<string, ModelDevice>();
  const jobs = new Map<string, ModelJob>();
  const sent: SyncRequest[] = [];
  let bootId = BootId.parse(ids.next());
  let unanswered: SyncRequest | undefined;
  let acknowledged = "";
  let whole = true;
  const acks = new Set<SyncRequest["commandAcks"][number]>();

  const reports = (): DeviceReport[] =>
    [...devices.values()].map(({ serial, version, answers }) =>
      deviceReport({ serial, version, trouble: answers ? null : "unreachable" }),
    );

  function build(): SyncRequest {
    const listed = [...jobs.values()].filter(({ job }) => !job.closed);
    const known = reports();
    const hash = inventoryHash(known);
    const delta = { hash, whole: true, devices: known, gone: [] };
    return {
      ...{ wire: WIRE_VERSION, agentId: identity.agentId, bootId, syncId: SyncId.parse(ids.next()) },
      ...{ agentTime: clock.wall(), agentVersion: "0.1.0", inventoryHash: hash },
      capacity: { jobs: Math.max(0, 3 - openJobs()), cacheFreeBytes: 1 },
      jobs: listed.map(({ job }) => job.standing()),
      events: listed.flatMap(({ job }) => job.outbox()).slice(0, 12),
      commandAcks: [...acks],
      ...((whole || hash !== acknowledged) && { inventory: delta }),
    };
  }

  const openJobs = () => [...jobs.values()].filter(({ at }) => at !== "over").length;

  function accept(grant: Grant): void {
    const order = OrderClaims.parse(grant.order.signed).body;
    const known = jobs.get(`${order.taskId} ${order.epoch}`);
    if (known) return;
    const job = jobOf(grant, clock);
    const entry: ModelJob = { job, order, at: "accepted", looked: false, touched: false, heardSeq: 0 };
    job.state("accepted");
    // A newer grant for the same task ends what an older one began, once that is known to be over.
    for (const other of jobs.values())
      if (other.order.taskId === order.taskId) end(other, "given_back", "FENCED");
    jobs.set(`${order.taskId} ${order.epoch}`, entry);
    history.push(entry);
  }

  function end(entry: ModelJob, ...[outcome, code = null]: Parameters<TestJob["end"]>): void {
    if (entry.at === "over") return;
    entry.job.state("closing");
    entry.job.end(outcome, code, devices.get(entry.order.serial)?.version ?? null);
    entry.at = "over";
  }

  function take({ acks: acked, grants, commands, fenced }: SyncResponse): void {
    for (const { jobId, ackedSeq } of acked) {
      for (const { job } of jobs.values()) if (job.jobId === jobId) job.acknowledged(ackedSeq);
    }
    for (const grant of grants) accept(grant);
    for (const { commandId, taskId } of commands) {
      acks.add(commandId);
      for (const entry of jobs.values()) if (entry.order.taskId === taskId) stop(entry);
    }
    for (const { taskId, currentEpoch } of fenced) {
      for (const { order } of jobs.values()) if (order.taskId === taskId) fence(order, currentEpoch);
    }
  }

  function stop(entry: ModelJob): void {
    if (entry.at === "accepted" || entry.at === "preparing") end(entry, "cancelled", "CANCELLED");
  }

  function fence({ taskId, epoch }: Order, current: number): void {
    const entry = jobs.get(`${taskId} ${epoch}`);
    const free = entry && entry.at !== "flashing" && entry.at !== "trial";
    if (free && epoch < current) end(entry, "given_back", "FENCED");
  }

  const fails = (luck: Luck, share: number): boolean => luck === "any" && dice.next() < share;

  /** One step from each place of a job; the device is looked at where a real agent looks at it. */
  const steps: Record<ModelJob["at"], (entry: ModelJob, device: ModelDevice, luck: Luck) => void> = {
    accepted(entry) {
      const late = clock.wall() > entry.order.deadline;
      if (late && !entry.order.lookFirst) return end(entry, "given_back", "DEADLINE_PASSED");
      if (entry.order.lookFirst) return look(entry);
      entry.job.state("staging");
      entry.job.state("armed");
      entry.at = "preparing";
    },
    observing(entry, device, luck) {
      if (!device.answers) return fails(luck, 0.3) ? end(entry, "failed", "DEVICE_NO_RETURN") : undefined;
      entry.looked = true;
      if (isDone(entry, device)) return end(entry, "succeeded");
      if (clock.wall() > entry.order.deadline) return end(entry, "given_back", "DEADLINE_PASSED");
      entry.job.state("executing");
      entry.at = "preparing";
    },
    preparing(entry, device, luck) {
      const outcome = pick(dice, ["failed", "given_back"] as const);
      if (fails(luck, 0.4)) return end(entry, outcome, pick(dice, FAILURES));
      if (!device.answers) return end(entry, "given_back", "DEVICE_UNREACHABLE");
      // Desired state is looked at again at each start (upgrades.md P10).
      if (isDone(entry, device)) return end(entry, "skipped");
      entry.job.state("executing");
      entry.job.step("identify");
      entry.job.step("transfer");
      entry.at = "sending";
    },
    sending(entry, device, luck) {
      if (fails(luck, 0.2)) return end(entry, "failed", "TRANSFER_CUT");
      entry.job.step("transfer", "lastChunk");
      entry.touched = true;
      if (!fails(luck, 0.2)) device.version = entry.job.grant.targetVersion;
      entry.job.state("settling");
      entry.at = "flashing";
    },
    flashing(entry, device, luck) {
      if (fails(luck, 0.2)) return end(entry, "failed", "DEVICE_NO_RETURN");
      if (!device.answers) return look(entry);
      const outcome = pick(dice, ["rolled_back", "failed"] as const);
      if (!isDone(entry, device)) return end(entry, outcome, "HEALTH_FAILED");
      entry.job.state("verifying");
      entry.at = "trial";
    },
    trial(entry) {
      entry.job.step("commit", "done");
      end(entry, "succeeded");
    },
    over() {},
  };

  const isDone = ({ job }: ModelJob, { version }: ModelDevice): boolean =>
    version === job.grant.targetVersion;

  function look(entry: ModelJob): void {
    entry.job.state("observing");
    entry.at = "observing";
  }

  function step(entry: ModelJob, luck: Luck): void {
    const device = devices.get(entry.order.serial);
    if (device) steps[entry.at](entry, device, luck);
    else end(entry, "given_back", "DEVICE_UNKNOWN");
  }

  return {
    identity,
    devices,
    sent,
    openJobs,
    work(luck) {
      const open = [...jobs.values()].filter(({ at }) => at !== "over");
      if (open.length > 0) step(pick(dice, open), luck);
    },
    async sync(line) {
      unanswered ??= build();
      const request = unanswered;
      if (line === "requestLost") return;
      sent.push(request);
      const answer = await door.sync(identity, request).then(
        (answered) => answered,
        (error: { code?: string }) => {
          // Refused for good: what a newer process of this agent said counts.
          if (error.code === "SITE_ALREADY_BOUND") unanswered = undefined;
          throw error;
        },
      );
      for (const event of request.events) {
        const entry = jobs.get(`${event.taskId} ${event.epoch}`);
        if (entry) entry.heardSeq = Math.max(entry.heardSeq, event.seq);
      }
      if (line === "answerLost") return;
      unanswered = undefined;
      for (const commandId of request.commandAcks) acks.delete(commandId);
      whole = answer.answer?.wantInventory ?? false;
      if (!whole) acknowledged = request.inventoryHash;
      if (answer.answer) take(answer.answer);
    },
    restart() {
      bootId = BootId.parse(ids.next());
      unanswered = undefined;
      // What may have touched the device is looked at first.
      for (const entry of jobs.values()) {
        if (entry.at === "sending" || entry.at === "flashing" || entry.at === "trial") look(entry);
      }
    },
    loseJournal() {
      bootId = BootId.parse(ids.next());
      unanswered = undefined;
      jobs.clear();
      acks.clear();
      whole = true;
    },
  };
}
