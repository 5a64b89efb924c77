import { ownerOf } from "./members.ts";
import { challengeFor, codeId, readEnrolmentCode } from "@fyr/certs";
import { fakeAgentKeys, readFakeCertificate } from "@fyr/certs/testing";
import {
  BootId,
  SyncId,
  WIRE_VERSION,
  type DeviceReport,
  type EnrolRequest,
  type FolderId,
  type OrgId,
  type SyncRequest,
  type SyncResponse,
} from "@fyr/protocol";
import { uuid7Ids, type Clock } from "@fyr/runtime";
import type { AgentIdentity, Hub } from "../ports.ts";
import { deviceReport, inventoryHash } from "./device.ts";
import { jobOf, type TestJob } from "./job.ts";
import type { TestHub } from "./hub.ts";

/** An agent without devices: it says to the hub what a test wants said, as a real one would say it. */
export interface TestSite {
  readonly identity: AgentIdentity;
  readonly devices: DeviceReport[];
  /** The jobs that it was given and has not forgotten, by task. */
  readonly jobs: Map<string, TestJob>;
  /** What it would say now. */
  request(said?: Partial<SyncRequest>): SyncRequest;
  /** Says it, and takes what comes back: grants become jobs, acknowledged events leave the outbox. */
  sync(said?: Partial<SyncRequest>): Promise<SyncResponse | null>;
  /** Tells the hub of all its devices. */
  report(...devices: Partial<DeviceReport>[]): Promise<void>;
  /** The agent's process starts again. */
  restart(): void;
}

export const CHANNEL = Buffer.from("a TLS connection");

/** What an agent that holds `code` sends to be enrolled. */
export async function enrolRequest(
  hub: Pick<TestHub<Clock>, "random">,
  code: string,
  seed = code,
): Promise<EnrolRequest> {
  const keys = fakeAgentKeys(hub.random.split(`agent key ${seed}`));
  const { keyPem, publicKeySpki } = keys.create();
  const read = readEnrolmentCode(code);
  const request = await keys.request(keyPem, challengeFor(read, publicKeySpki, CHANNEL));
  return { wire: WIRE_VERSION, codeId: codeId(read), request, hostName: "site", agentVersion: "0.1.0" };
}

export async function enrol(
  hub: TestHub<Clock>,
  orgId: OrgId,
  name = "site",
  folderId?: FolderId,
): Promise<AgentIdentity> {
  const { code } = await hub.services.createAgent(ownerOf(orgId), { name, folderId });
  const { chain } = await hub.door.enrol(await enrolRequest(hub, code), CHANNEL);
  return hub.door.authenticate(readFakeCertificate(chain).serial);
}

/** A site that has enrolled. */
export async function testSite(
  hub: TestHub<Clock>,
  orgId: OrgId,
  name = "site",
  folderId?: FolderId,
): Promise<TestSite> {
  return siteOf(hub, hub, await enrol(hub, orgId, name, folderId));
}

/** The same, for an identity that exists. */
export function siteOf(
  { clock, random }: Pick<TestHub<Clock>, "clock" | "random">,
  { door }: Pick<Hub, "door">,
  identity: AgentIdentity,
): TestSite {
  const ids = uuid7Ids(clock, random.split(`site ${identity.agentId}`));
  const jobs = new Map<string, TestJob>();
  const devices: DeviceReport[] = [];
  let bootId = BootId.parse(ids.next());

  function request(said: Partial<SyncRequest> = {}): SyncRequest {
    const listed = [...jobs.values()].filter(({ closed }) => !closed);
    return {
      wire: WIRE_VERSION,
      agentId: identity.agentId,
      bootId,
      syncId: SyncId.parse(ids.next()),
      agentTime: clock.wall(),
      agentVersion: "0.1.0",
      capacity: { jobs: 10, cacheFreeBytes: 1_000_000_000 },
      jobs: listed.map((job) => job.standing()),
      events: listed.flatMap((job) => job.outbox()),
      commandAcks: [],
      inventoryHash: inventoryHash(devices),
      ...said,
    };
  }

  async function sync(said: Partial<SyncRequest> = {}): Promise<SyncResponse | null> {
    const { answer } = await door.sync(identity, request(said));
    for (const { jobId, ackedSeq } of answer?.acks ?? []) {
      for (const job of jobs.values()) if (job.jobId === jobId) job.acknowledged(ackedSeq);
    }
    for (const grant of answer?.grants ?? []) {
      const known = jobs.get(grant.taskId);
      if (known?.epoch !== grant.epoch) jobs.set(grant.taskId, jobOf(grant, clock));
    }
    return answer;
  }

  return {
    identity,
    devices,
    jobs,
    request,
    sync,
    async report(...changed) {
      for (const change of changed) {
        const report = deviceReport({ seenAt: clock.wall(), ...change });
        const at = devices.findIndex(({ serial }) => serial === report.serial);
        if (at < 0) devices.push(report);
        else devices[at] = report;
      }
      await sync({ inventory: { hash: inventoryHash(devices), whole: true, devices, gone: [] } });
    },
    restart: () => (bootId = BootId.parse(ids.next())),
  };
}
