import { LIVE_CLOSE, type FolderId, type LiveFrame, type LiveNotice } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { maySee } from "./audience.ts";
import type { End, Watcher } from "./standing.ts";

/** The other side of a stream: a socket. */
export interface Outlet {
  send(text: string): void;
  /** Bytes that wait for the other side to take them. */
  waiting(): number;
  /** Asks whether anybody is there still; whoever did not answer the last time is cut off. */
  beat(): void;
  close(code: number, reason: string): void;
}

/** What was written in an organisation, with the places of what it is about. */
export interface News {
  /** Everything up to here is in `notices`, after `from`. */
  readonly from: number;
  readonly upTo: number;
  readonly notices: readonly LiveNotice[];
  readonly paths: ReadonlyMap<string, readonly (readonly FolderId[])[]>;
}

/** Silence is broken after this long, so that both sides know that the other is there. */
export const BEAT_MS = 20_000;
/** A reader that leaves more than this untaken is sent away; it comes back with its cursor. */
export const WAITING_BYTES = 256 * 1024;

export interface Stream {
  readonly watcher: Watcher;
  readonly cursor: () => number;
  /** Tells what of the news the member may see. */
  tell(member: Member, news: News, nowMono: number): void;
  beat(nowMono: number): void;
  end(end: End): void;
  readonly isOpen: () => boolean;
}

/** One reader, from where it stands. */
export function createStream(watcher: Watcher, outlet: Outlet, start: number, nowMono: number): Stream {
  let cursor = start;
  let toldAt = nowMono;
  let open = true;

  function end({ code, reason }: End): void {
    open = false;
    outlet.close(code, reason);
  }

  function send(notices: LiveNotice[], now: number): void {
    if (outlet.waiting() > WAITING_BYTES) {
      end({ code: LIVE_CLOSE.tooSlow, reason: "too slow: continue from the last seq" });
      return;
    }
    toldAt = now;
    const frame: LiveFrame = { seq: cursor, notices };
    outlet.send(JSON.stringify(frame));
  }

  return {
    watcher,
    cursor: () => cursor,
    isOpen: () => open,
    end,
    tell(member, { from, upTo, notices, paths }, now) {
      if (!open || cursor < from || cursor >= upTo) return;
      const seen = notices.filter(
        (notice) => notice.seq > cursor && maySee(member, notice, paths.get(notice.object) ?? []),
      );
      const before = cursor;
      cursor = upTo;
      if (seen.length > 0) send(seen, now);
      if (!open) cursor = before;
    },
    beat(now) {
      if (!open || now - toldAt < BEAT_MS) return;
      outlet.beat();
      send([], now);
    },
  };
}
