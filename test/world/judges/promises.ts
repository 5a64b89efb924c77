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

/** What an agent told the hub, it finds in its own journal after any end; what has closed since may be cleared away. */
export function toldIsStored({ stage }: World): Judge {
  const seen = new Set<string>();
  const told = new Map<AgentId, ReadonlyMap<JobId, number>>();
  return {
    name: "X3 agent",
    asked(agentId, asked) {
      if (asked.path !== AGENT_ROUTES.sync) return;
      const { jobs, syncId } = JSON.parse(textOf(asked)) as SyncRequest;
      if (seen.has(syncId)) return; // again, late or twice: it was newer things that were told last
      seen.add(syncId);
      told.set(agentId, new Map(jobs.map(({ jobId, seqHigh }) => [jobId, seqHigh])));
    },
    agentStarted({ host }) {
      for (const [jobId, seq] of told.get(host.agentId) ?? []) {
        const job = host.running()?.journal.job(jobId);
        if (!job) stage.accuse("X3", `${host.name} forgot job ${jobId} that it told the hub of`);
        else if (job.seq < seq) stage.accuse("X3", `${host.name} forgot ${seq - job.seq} events of ${jobId}`);
      }
    },
  };
}
