import { TRANSFER } from "@fyr/protocol";
import {
  answersRestOnSync,
  changes,
  exchanges,
  leftBefore,
  nothingLeavesUnsynced,
  onDiskBefore,
  uploads,
  type Verdict,
} from "./rules.ts";
import { IMAGE_BYTES, type Story } from "./story.ts";
import { ends } from "./trace.ts";

/** What hub and agent promise to each other, to operators and to devices, and what the story shows of it. */
export interface Promised {
  readonly what: string;
  /** Fewer than this would prove nothing. */
  readonly least: number;
  look(story: Story): Verdict;
}

/** What a handshake, the head of an upload and the frames of TLS come to. */
const TALK_BYTES = 16 * 1024;

/** Less than a certificate with its chain, more than the end of a connection. */
const ENROLMENT_BYTES = 2_000;

const EVENT = /"hash":"([0-9a-f]{64})"/;

export const HUB_PROMISES: readonly Promised[] = [
  {
    what: "nothing leaves over a log that is not synced",
    least: 40,
    look: ({ hub }) => nothingLeavesUnsynced(hub.calls, hub.log),
  },
  {
    what: "what changes something by the API is answered after a sync of its own",
    least: 4,
    look: ({ hub }) => answersRestOnSync(changes(hub.calls), hub.log),
  },
  {
    what: "an enrolment is answered after a sync of its own",
    least: 1,
    look({ hub, agentsPort, enrolledAt }) {
      const all = exchanges(hub.calls, (call) => ends(call).local.endsWith(`:${agentsPort}`));
      // Until it has a certificate, an agent has nothing else to ask; before are handshakes only, and what closes follows.
      const answer = all.findLast(
        ({ answered, answerBytes }) => answered.beganAt < enrolledAt && answerBytes > ENROLMENT_BYTES,
      );
      return answersRestOnSync(answer ? [answer] : [], hub.log);
    },
  },
  {
    what: "a certificate is on the disk before its agent has it",
    least: 1,
    look({ hub, certificate, enrolledAt }) {
      const write = hub.log.first(new RegExp(certificate, "i"));
      const syncedAt = write ? hub.log.syncedAt(write) : Number.POSITIVE_INFINITY;
      return onDiskBefore([{ what: `certificate ${certificate}`, syncedAt, heardAt: enrolledAt }]);
    },
  },
  {
    what: "an event is on the hub's disk before the agent hears that it is",
    least: 20,
    look({ hub, agent }) {
      const stored = hub.log.all(EVENT);
      const inOrder = [...agent.log.all(EVENT)].sort(([, a], [, b]) => a.began - b.began);
      const notes = [...agent.log.all(/"ackedSeq":([1-9]\d*)/)];
      return onDiskBefore(
        notes.flatMap(([seq, note]) =>
          inOrder.slice(0, Number(seq)).flatMap(([hash]) => {
            const write = stored.get(hash);
            const what = `event ${hash}, acknowledged up to ${seq},`;
            return write ? [{ what, syncedAt: hub.log.syncedAt(write), heardAt: note.beganAt }] : [];
          }),
        ),
      );
    },
  },
  {
    what: "what many report at once is on the disk before any of them hears that it is",
    least: 80,
    look({ hub, acknowledged }) {
      const stored = hub.log.all(EVENT);
      return onDiskBefore(
        acknowledged.map(({ hash, heardAt }) => {
          const write = stored.get(hash);
          const syncedAt = write ? hub.log.syncedAt(write) : Number.POSITIVE_INFINITY;
          return { what: `event ${hash}`, syncedAt, heardAt };
        }),
      );
    },
  },
];

export const AGENT_PROMISES: readonly Promised[] = [
  {
    what: "nothing leaves over a journal that is not synced",
    least: 100,
    look: ({ agent }) => nothingLeavesUnsynced(agent.calls, agent.log),
  },
  {
    // The first of them says that the job was accepted: it is what lists the job.
    what: "an event is on the agent's disk before the hub hears of it",
    least: 8,
    look({ hub, agent }) {
      const stored = hub.log.all(EVENT);
      return onDiskBefore(
        [...agent.log.all(EVENT)].flatMap(([hash, write]) => {
          const heard = stored.get(hash);
          const syncedAt = agent.log.syncedAt(write);
          return heard ? [{ what: `event ${hash}`, syncedAt, heardAt: heard.beganAt }] : [];
        }),
      );
    },
  },
  {
    what: "an upload begins after its intent is on the disk",
    least: 1,
    look: (story) => sentBefore(story, /"act":"transfer"/, 0),
  },
  {
    what: "its last mebibyte leaves after the disk knows that there is no way back",
    least: 1,
    look: (story) =>
      sentBefore(story, /"lastChunk":true/, IMAGE_BYTES - TRANSFER.lastChunkBytes + TALK_BYTES),
  },
];

/** Of what was uploaded to the device, no more than `mostBytes` left before the journal held what `record` finds. */
function sentBefore({ agent, device }: Story, record: RegExp, mostBytes: number): Verdict {
  const toDevice = uploads(agent.calls, IMAGE_BYTES).filter(
    ({ writes: [first] }) => first && ends(first).remote.startsWith(`${device}:`),
  );
  const looks = toDevice.map((upload) => leftBefore(upload, agent.log.first(record), agent.log, mostBytes));
  return { seen: looks.length, broken: looks.flatMap(({ broken }) => broken) };
}
