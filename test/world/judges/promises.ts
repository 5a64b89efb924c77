import type { SyncRequest } from "@fyr/protocol";
import { AGENT_ROUTES, SyncResponse, type AgentId, type JobId } from "@fyr/protocol";
import type { World } from "../cast.ts";
import { textOf } from "../hub-door.ts";
import type { Judge } from "../witness.ts";
import { taskRows } from "./tasks.ts";

const EVENTS = "select job_id, max(seq) as high, count(*) as count from events group by job_id";

interface Heard {
  readonly job_id: string;
  readonly high: number;
  readonly count: number;
}

/** What the hub said it has, it has in every later durable state; and of every job's events, without a gap. */
export function saidIsStored(world: World): Judge {
  const { stage, hub } = world;
  const acknowledged = new Map<string, number>();
  const ordered = new Set<string>();
  const look = () => {
    const heard = hub.peek<Heard>(EVENTS);
    const tasks = taskRows(world);
    if (!heard || !tasks) return;
    const highs = new Map(heard.map(({ job_id, high }) => [job_id, high]));
    for (const [job, seq] of acknowledged) {
      if ((highs.get(job) ?? 0) < seq)
        stage.accuse("X3", `the hub forgot events of job ${job} that it acknowledged`);
    }
    for (const { job_id, high, count } of heard) {
      if (high !== count) stage.accuse("I9", `${high - count} events of job ${job_id} are missing`);
    }
    const known = new Set(tasks.map(({ id }) => id));
    for (const id of ordered) if (!known.has(id)) stage.accuse("X3", `the hub forgot task ${id}`);
  };
  return {
    name: "X3 I9",
    answered(_agentId, { path }, { status, body }) {
      if (path !== AGENT_ROUTES.sync || status !== 200) return;
      const { acks } = SyncResponse.parse(JSON.parse(Buffer.from(body).toString("utf8")));
      for (const { jobId, ackedSeq } of acks)
        acknowledged.set(jobId, Math.max(acknowledged.get(jobId) ?? 0, ackedSeq));
      if (acks.length > 0) stage.saw("events were acknowledged");
    },
    ordered: (_orgId, _upgrade, tasks) => tasks.forEach(({ id }) => ordered.add(id)),
    hubStarted: look,
    over: async () => look(),
  };
}

/** What an agent told the hub, it finds in its own journal after any end. */
export function toldIsStored({ stage, agents }: World): Judge {
  const told = new Map<AgentId, Map<JobId, { seq: number; atLife: string }>>();
  return {
    name: "X3 agent",
    asked(agentId, asked) {
      if (asked.path !== AGENT_ROUTES.sync) return;
      const { jobs } = JSON.parse(textOf(asked)) as SyncRequest;
      const known = told.get(agentId) ?? new Map<JobId, { seq: number; atLife: string }>();
      told.set(agentId, known);
      const life = agents.find(({ host }) => host.agentId === agentId)?.host.running()?.life.name ?? "";
      for (const { jobId, seqHigh } of jobs) {
        const before = known.get(jobId)?.seq ?? 0;
        if (seqHigh >= before) known.set(jobId, { seq: seqHigh, atLife: life });
      }
    },
    agentStarted({ host }) {
      for (const [jobId, { seq }] of told.get(host.agentId) ?? []) {
        const job = host.running()?.journal.job(jobId);
        if (!job) stage.accuse("X3", `${host.name} forgot job ${jobId} that it told the hub of`);
        else if (job.seq < seq) stage.accuse("X3", `${host.name} forgot ${seq - job.seq} events of ${jobId}`);
      }
    },
  };
}
