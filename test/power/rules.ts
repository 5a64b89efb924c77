import type { WriteAheadLog } from "./log.ts";
import { isSocket, isWrite, type Call } from "./trace.ts";

/** What a rule was held against, and what broke it, in words. */
export interface Verdict {
  /** Acknowledgements that were looked at: a rule that saw none proves nothing. */
  readonly seen: number;
  readonly broken: readonly string[];
}

const verdict = <Item>(items: readonly Item[], complaint: (item: Item) => string | null): Verdict => ({
  seen: items.length,
  broken: items.map(complaint).filter((each) => each !== null),
});

/**
 * Nothing leaves over what is not on the disk: no byte is given to any network connection while anything that was
 * written to the database's log still waits for its sync.
 *
 * That is stricter than need be, since a byte for one agent does not rest on a commit for another. It holds all the
 * same, because a commit writes and syncs in one go and nothing else of the process runs meanwhile, and it needs no
 * look into TLS. A build that does not wait for the disk breaks it at the first answer after its first commit.
 */
export function nothingLeavesUnsynced(calls: readonly Call[], { writes, syncs }: WriteAheadLog): Verdict {
  const sent = calls.filter((call) => isSocket(call) && isWrite(call));
  return verdict(sent, (call) => {
    const written = writes.findLast(({ began }) => began < call.began);
    if (!written) return null;
    const synced = syncs.some(({ began, ended }) => began > written.ended && ended < call.began);
    return synced ? null : `${call.name} to ${call.on} at ${call.beganAt} over a log that was not synced`;
  });
}

/** A question that came in by a connection, and the answer to it. */
export interface Exchange {
  readonly asked: Call;
  readonly answered: Call;
  readonly answerBytes: number;
}

/** Questions and answers on the connections that `isWanted`, in the order of answering. */
export function exchanges(calls: readonly Call[], isWanted: (call: Call) => boolean): Exchange[] {
  const open = new Map<string, { asked: Call; answered?: Call; answerBytes: number }>();
  const done: Exchange[] = [];
  const finish = (on: string) => {
    const { asked, answered, answerBytes = 0 } = open.get(on) ?? {};
    if (asked && answered) done.push({ asked, answered, answerBytes });
    open.delete(on);
  };
  for (const call of calls.filter((each) => isSocket(each) && isWanted(each) && each.result > 0)) {
    const before = open.get(call.on);
    if (isWrite(call)) {
      if (!before) continue;
      before.answered ??= call;
      before.answerBytes += call.result;
    } else if (!before || before.answered) {
      finish(call.on);
      open.set(call.on, { asked: call, answerBytes: 0 });
    }
  }
  [...open.keys()].forEach(finish);
  return done.sort((a, b) => a.answered.began - b.answered.began);
}

/** Between question and answer, something was written to the log and synced: the answer rests on it. */
export const answersRestOnSync = (answers: readonly Exchange[], { writes, syncs }: WriteAheadLog): Verdict =>
  verdict(answers, ({ asked, answered }) => {
    const rests = syncs.some(
      (sync) =>
        sync.ended < answered.began &&
        writes.some(({ began, ended }) => began > asked.began && ended < sync.began),
    );
    return rests ? null : `an answer on ${answered.on} at ${answered.beganAt} rests on no sync`;
  });

/** On the public API, which speaks in clear here: requests that change something, answered by success. */
export const changes = (calls: readonly Call[]): Exchange[] =>
  exchanges(calls, () => true).filter(
    ({ asked, answered }) =>
      /"(POST|PUT|PATCH|DELETE) \/api\//.test(asked.text) && /"HTTP\/1\.1 2\d\d /.test(answered.text),
  );

/**
 * What one process acknowledged to another, each fact found in the logs of both: the first had it on its disk before
 * the second even began to write it down.
 */
export const onDiskBefore = (
  facts: readonly { readonly what: string; readonly syncedAt: number; readonly heardAt: number }[],
): Verdict =>
  verdict(facts, ({ what, syncedAt, heardAt }) =>
    syncedAt < heardAt ? null : `${what} was heard at ${heardAt} and synced at ${syncedAt}`,
  );

/** The sending of one image to a device. */
export interface Upload {
  readonly writes: readonly Call[];
  readonly bytes: number;
}

/** Connections on which more than `imageBytes` went out. */
export function uploads(calls: readonly Call[], imageBytes: number): Upload[] {
  const sent = calls.filter((call) => isSocket(call) && isWrite(call) && call.result > 0);
  return [...Map.groupBy(sent, ({ on }) => on).values()]
    .map((writes) => ({ writes, bytes: writes.reduce((sum, { result }) => sum + result, 0) }))
    .filter(({ bytes }) => bytes > imageBytes);
}

/** Not more than `mostBytes` of the upload left before the disk had what `write` put down. */
export function leftBefore(
  { writes: sent, bytes }: Upload,
  write: Call | undefined,
  { syncedAt }: WriteAheadLog,
  mostBytes: number,
): Verdict {
  const at = write ? syncedAt(write) : Number.POSITIVE_INFINITY;
  const left = sent.filter(({ beganAt }) => beganAt < at).reduce((sum, { result }) => sum + result, 0);
  const complaint = `${left} of ${bytes} bytes had left before their record was synced`;
  return { seen: 1, broken: left > mostBytes ? [complaint] : [] };
}
