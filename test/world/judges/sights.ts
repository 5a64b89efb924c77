import { AGENT_ROUTES, Serial, SyncRequest, type JobId } from "@fyr/protocol";
import type { World } from "../cast.ts";
import { textOf } from "../hub-door.ts";
import type { Judge } from "../witness.ts";
import { BLIND, look } from "./devices.ts";

/** Accuses nobody: says when the line was seen to do what a world is worth running for. */
export function seenOnTheLine({ stage }: World): Judge {
  const told = new Map<JobId, number>();
  return {
    name: "sights",
    asked(_agentId, asked) {
      const { path, headers = {} } = asked;
      if (/^bytes=[1-9]/.test(headers["range"] ?? "")) stage.saw("a download went on where it had stopped");
      if (path !== AGENT_ROUTES.sync) return;
      const { events } = SyncRequest.parse(JSON.parse(textOf(asked)));
      for (const { jobId, seq } of events) {
        if (seq <= (told.get(jobId) ?? 0)) stage.saw("a report came twice");
        told.set(jobId, Math.max(seq, told.get(jobId) ?? 0));
      }
    },
    answered(_agentId, { path }, { status }) {
      if (path === AGENT_ROUTES.renew && status === 200) stage.saw("a certificate was renewed");
    },
  };
}

/** The same of devices: in what state they are when something else happens to them. */
export function seenAtDevices({ stage, agents }: World): Judge {
  return {
    name: "sights",
    cancelled(serial) {
      const agent = agents.find(({ site }) => site.site.indexOf(serial) !== undefined);
      const run = look(() => agent?.host.running()?.journal.openTransfer(Serial.parse(serial)));
      if (!run || run === BLIND) return;
      stage.saw("a cancel came after the intent");
      if (run.seen?.lastChunk) stage.saw("a cancel came after the point of no return");
    },
    deviceChanged({ site }, serial) {
      const { boots, uploads, active } = site.truth(serial);
      const last = uploads.at(-1);
      if (last?.verdict === "accepted" && boots > last.boot + 1 && active === last.versionBefore)
        stage.saw("a device went back to its old version");
    },
  };
}
