import { createHash } from "node:crypto";
import { Fault, TRANSFER } from "@fyr/protocol";
import type { BodySource } from "@fyr/runtime";
import type { Knock, Wire, WireAnswer, WireRequest } from "@fyr/agent/testing";
import type { Device, DeviceReply, LiveSite } from "@fyr/simulator";
import type { Life } from "./core/life.ts";
import { pendingOf, type Pending } from "./core/pending.ts";
import type { Stage } from "./core/stage.ts";

/** One site's network: the way from its agent to its devices, without sockets. */
export interface Lan {
  wire(life: Life): Wire;
  knock(life: Life): Knock;
}

/** Told before the first byte of an image reaches a device, and before each piece without which it is not whole. */
export interface UploadWitness {
  begins(device: Device): void;
  tail(device: Device): void;
}

const QUICK_MS = [0.5, 8] as const;
/** Bytes of an image that pass in a millisecond. */
const BYTES_PER_MS = 10_000;

/** Devices are dark for seconds here, not minutes: so nobody waits long for one that does not answer. */
const SPEED = 60;

const UPLOADS = /\/axis-cgi\/(firmwaremanagement|firmwareupgrade)\.cgi/;

const broken = (code: string): Error => Object.assign(new Error(code), { code });

/** What becomes of a body that the answer did not wait for. One for all: most requests end so. */
const CLOSED = broken("ECONNRESET");

/** The TLS key that a device shows, as its hash: a new certificate has a new one. */
const keyOf = (device: Device): string =>
  createHash("sha256").update(`${device.identity().serial} ${device.state.certificate}`).digest("hex");

export function siteLan(stage: Stage, site: () => LiveSite, name: string, upload: UploadWitness): Lan {
  const { time } = stage;
  const luck = stage.random(`lan ${name}`);
  const delayMs = () => QUICK_MS[0] + luck.next() * (QUICK_MS[1] - QUICK_MS[0]);
  const pause = (ms: number) => new Promise<void>((resolve) => void time.after(ms, resolve));

  /** The body as it comes out at the device; it ends in an error as soon as the connection does. */
  async function* arriving(
    body: Uint8Array | BodySource | undefined,
    pending: Pending<WireAnswer>,
    passed: (bytes: number, whole: boolean) => void,
    onTail: () => void,
  ): AsyncGenerator<Uint8Array> {
    if (body === undefined) return;
    if (!("chunks" in body)) return void (yield body);
    const chunks = body.chunks()[Symbol.asyncIterator]();
    let sent = 0;
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => {});
    /** What the sender itself cannot go on with: it knows why, the device sees no more than a line that is cut. */
    const ownFault = (error: Error): never => {
      pending.fail(error);
      throw CLOSED;
    };
    pending.until(() => gone.reject(CLOSED));
    try {
      for (;;) {
        const next = await Promise.race([chunks.next().catch(ownFault), gone.promise]);
        if (next.done) break;
        const chunk = next.value.slice(); // the sender uses its buffer again
        await Promise.race([pause(chunk.length / BYTES_PER_MS), gone.promise]);
        if (stage.strikes("deviceLineCut")) throw broken("ECONNRESET");
        if (sent > 0 && sent + chunk.length > body.lengthBytes - TRANSFER.lastChunkBytes) onTail();
        passed((sent += chunk.length), false);
        yield chunk;
      }
      passed(sent, true);
    } finally {
      chunks.return?.(undefined).catch(() => {});
    }
  }

  function exchange(life: Life, request: WireRequest): Promise<WireAnswer> {
    const pending = pendingOf<WireAnswer>(life, request.signal);
    const silence = watchSilence(stage, pending, request);
    time.after(delayMs(), () => void (pending.isOver() || converse(pending, request, silence.touch)));
    return pending.promise;
  }

  /** The device as a connection finds it, or why there is none. */
  function connect(host: string, scheme: "http" | "https", peerKey: string | null): Device | Error {
    const device = site().deviceAt(host);
    if (!device?.life.reachable()) return broken("ETIMEDOUT");
    if (!device.listensOn(scheme) || stage.strikes("deviceLineCut")) return broken("ECONNREFUSED");
    const isOther = peerKey !== null && (scheme === "http" || peerKey !== keyOf(device));
    return isOther ? new Fault("DEVICE_KEY_CHANGED", {}) : device;
  }

  function converse(pending: Pending<WireAnswer>, request: WireRequest, touch: () => void): void {
    const { hostname, protocol, pathname, search } = new URL(request.url);
    const scheme = protocol === "https:" ? "https" : "http";
    const device = connect(hostname, scheme, request.peerKey);
    if (device instanceof Error) {
      const isDark = "code" in device && device.code === "ETIMEDOUT";
      return void time.after(isDark ? request.connectMs / SPEED : 0, () => pending.fail(device));
    }
    if (stage.strikes("deviceLineSilent")) return;
    const { body } = request;
    const isImage = body !== undefined && "chunks" in body;
    if (isImage && UPLOADS.test(pathname)) upload.begins(device);
    pending.until(device.life.onDrop(() => pending.fail(broken("ECONNRESET"))));
    let bodySent = !isImage;
    const passed = (bytes: number, isWhole: boolean) => {
      touch();
      if (!pending.isOver()) request.onSent?.(bytes);
      bodySent = isWhole;
    };
    const peerKey = scheme === "https" ? { peerKey: keyOf(device) } : {};
    const answered = (reply: DeviceReply): void => {
      if (reply.kind === "silence") return;
      if (reply.kind === "hang-up") return pending.fail(broken("ECONNRESET"));
      if (reply.body.length > request.maxBodyBytes)
        return pending.fail(new Fault("RESPONSE_TOO_LARGE", { maxBytes: request.maxBodyBytes }));
      pending.answer({ ...wireAnswer(reply), bodySent, ...peerKey });
    };
    const asked = device.handle({
      ...{ scheme, method: request.method, path: pathname + search, from: "127.0.0.1" },
      headers: { host: hostname, "content-length": String(lengthOf(body)), ...request.headers },
      body: arriving(body, pending, passed, () => upload.tail(device)),
    });
    void asked.then((reply) => void time.after(delayMs(), () => answered(reply)));
  }

  return {
    wire: (life) => ({ exchange: (request) => exchange(life, request) }),
    knock: (life) => (host, port, waitMs) => {
      const device = site().deviceAt(host);
      const opens = device?.listensOn(port === 443 ? "https" : "http") ?? false;
      const isThere = device?.life.reachable() ?? false;
      return life.keep(pause(isThere ? delayMs() : waitMs / SPEED).then(() => opens));
    },
  };
}

const lengthOf = (body: WireRequest["body"]): number =>
  body === undefined ? 0 : "chunks" in body ? body.lengthBytes : body.length;

/** Ends an exchange that stands still, or takes too long. */
function watchSilence({ time }: Stage, pending: Pending<WireAnswer>, { idleMs, totalMs }: WireRequest) {
  const silent = (limit: string) => pending.fail(new Fault("PEER_SILENT", { limit }));
  let touchedMs = time.now();
  const watch = (): void => {
    const leftMs = touchedMs + idleMs - time.now();
    if (leftMs <= 0) silent("idle");
    else pending.until(time.after(leftMs, watch));
  };
  watch();
  pending.until(time.after(totalMs, () => silent("total")));
  return { touch: () => void (touchedMs = time.now()) };
}

function wireAnswer({ status, headers, body }: Extract<DeviceReply, { kind: "answer" }>) {
  const kept: Record<string, string[]> = {};
  for (const [name, value] of headers) (kept[name.toLowerCase()] ??= []).push(value);
  return { status, headers: kept, body: typeof body === "string" ? Buffer.from(body) : body };
}
