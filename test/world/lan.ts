import { createHash } from "node:crypto";
import { Fault } from "@fyr/protocol";
import type { BodySource } from "@fyr/runtime";
import type { Knock, Wire, WireAnswer, WireRequest } from "@fyr/agent/testing";
import type { Device, DeviceReply, LiveSite } from "@fyr/simulator";
import type { Life } from "./core/life.ts";
import type { Stage } from "./core/stage.ts";

/** One site's network: the way from its agent to its devices, without sockets. */
export interface Lan {
  wire(life: Life): Wire;
  knock(life: Life): Knock;
}

/** Told before the first byte of an image reaches a device. */
export type OnUpload = (device: Device, address: string) => void;

const QUICK_MS = [0.5, 8] as const;
/** Bytes of an image that pass in a millisecond. */
const BYTES_PER_MS = 10_000;

/** Devices are dark for seconds here, not minutes: so nobody waits long for one that does not answer. */
const SPEED = 60;

const UPLOADS = /\/axis-cgi\/(firmwaremanagement|firmwareupgrade)\.cgi/;

const broken = (code: string): Error => Object.assign(new Error(code), { code });

/** The TLS key that a device shows, as its hash: a new certificate has a new one. */
const keyOf = (device: Device): string =>
  createHash("sha256").update(`${device.identity().serial} ${device.state.certificate}`).digest("hex");

export function siteLan(stage: Stage, site: () => LiveSite, name: string, onUpload: OnUpload): Lan {
  const { time } = stage;
  const luck = stage.random(`lan ${name}`);
  const delayMs = () => QUICK_MS[0] + luck.next() * (QUICK_MS[1] - QUICK_MS[0]);
  const pause = (ms: number) => new Promise<void>((resolve) => void time.after(ms, resolve));

  /** The body as it comes out at the device; it ends in an error as soon as the connection does. */
  async function* arriving(
    body: Uint8Array | BodySource | undefined,
    gone: Promise<never>,
    passed: (bytes: number, whole: boolean) => void,
  ): AsyncGenerator<Uint8Array> {
    if (body === undefined) return;
    if (!("chunks" in body)) return void (yield body);
    const chunks = body.chunks()[Symbol.asyncIterator]();
    let sent = 0;
    try {
      for (;;) {
        const next = await Promise.race([chunks.next(), gone]);
        if (next.done) break;
        const chunk = next.value.slice(); // the sender uses its buffer again
        await Promise.race([pause(chunk.length / BYTES_PER_MS), gone]);
        if (stage.strikes("deviceLineCut")) throw broken("ECONNRESET");
        passed((sent += chunk.length), false);
        yield chunk;
      }
      passed(sent, true);
    } finally {
      chunks.return?.(undefined).catch(() => {});
    }
  }

  function exchange(life: Life, request: WireRequest): Promise<WireAnswer> {
    const { hostname, protocol, pathname, search } = new URL(request.url);
    const scheme = protocol === "https:" ? "https" : "http";
    const device = site().deviceAt(hostname);
    return new Promise((resolve, reject) => {
      const gone = Promise.withResolvers<never>();
      gone.promise.catch(() => {});
      const undo: (() => void)[] = [];
      let over = false;
      let touchedMs = time.now();
      const finish = (act: () => void, reason: Error = broken("ECONNRESET")) => {
        if (over) return;
        over = true;
        for (const take of undo) take();
        gone.reject(reason);
        act();
      };
      const fail = (error: Error) => finish(() => reject(error), error);
      const silent = (limit: string) => fail(new Fault("PEER_SILENT", { limit }));
      const watch = (): void => {
        const leftMs = touchedMs + request.idleMs - time.now();
        if (leftMs <= 0) return silent("idle");
        undo[0] = time.after(leftMs, watch);
      };
      undo.push(
        () => {},
        time.after(request.totalMs, () => silent("total")),
        life.onEnd(() => finish(() => {})),
      );
      if (request.signal?.aborted) return fail(request.signal.reason as Error);
      const abort = () => fail(request.signal?.reason as Error);
      request.signal?.addEventListener("abort", abort);
      undo.push(() => request.signal?.removeEventListener("abort", abort));
      watch();

      const converse = (): void => {
        if (over) return;
        if (!device?.life.reachable())
          return void time.after(request.connectMs / SPEED, () => fail(broken("ETIMEDOUT")));
        if (!device.listensOn(scheme) || stage.strikes("deviceLineCut")) return fail(broken("ECONNREFUSED"));
        if (stage.strikes("deviceLineSilent")) return;
        const peerKey = scheme === "https" ? keyOf(device) : undefined;
        if (request.peerKey !== null && request.peerKey !== peerKey)
          return fail(new Fault("DEVICE_KEY_CHANGED", {}));
        undo.push(device.life.onDrop(() => fail(broken("ECONNRESET"))));
        const { body } = request;
        let bodySent = body === undefined || !("chunks" in body);
        if (!bodySent && UPLOADS.test(pathname)) onUpload(device, hostname);
        const passed = (bytes: number, whole: boolean) => {
          touchedMs = time.now();
          if (!over) request.onSent?.(bytes);
          bodySent = whole;
        };
        const lengthBytes = body === undefined ? 0 : "chunks" in body ? body.lengthBytes : body.length;
        const reply = device.handle({
          scheme,
          method: request.method,
          path: pathname + search,
          headers: { host: hostname, "content-length": String(lengthBytes), ...request.headers },
          body: arriving(body, gone.promise, passed),
          from: "127.0.0.1",
        });
        void reply.then((answer) => void time.after(delayMs(), () => answered(answer, bodySent, peerKey)));
      };
      const answered = (reply: DeviceReply, bodySent: boolean, peerKey: string | undefined): void => {
        if (reply.kind === "silence") return;
        if (reply.kind === "hang-up") return fail(broken("ECONNRESET"));
        if (reply.body.length > request.maxBodyBytes)
          return fail(new Fault("RESPONSE_TOO_LARGE", { maxBytes: request.maxBodyBytes }));
        finish(() => resolve({ ...wireAnswer(reply), bodySent, ...(peerKey !== undefined && { peerKey }) }));
      };
      time.after(delayMs(), converse);
    });
  }

  return {
    wire: (life) => ({ exchange: (request) => life.keep(exchange(life, request)) }),
    knock: (life) => (host, port, waitMs) => {
      const device = site().deviceAt(host);
      const opens = device?.listensOn(port === 443 ? "https" : "http") ?? false;
      const isThere = device?.life.reachable() ?? false;
      return life.keep(pause(isThere ? delayMs() : waitMs / SPEED).then(() => opens));
    },
  };
}

function wireAnswer({ status, headers, body }: Extract<DeviceReply, { kind: "answer" }>) {
  const kept: Record<string, string[]> = {};
  for (const [name, value] of headers) (kept[name.toLowerCase()] ??= []).push(value);
  return { status, headers: kept, body: typeof body === "string" ? Buffer.from(body) : body };
}
