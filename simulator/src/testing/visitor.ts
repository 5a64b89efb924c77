import { createHash } from "node:crypto";
import type { Device } from "../device/device.ts";
import type { Answer, DeviceReply } from "../device/exchange.ts";

export interface Asked {
  readonly scheme?: "http" | "https";
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

async function* whole(body: Asked["body"]): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === "string") yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/** Talks to a device without a socket under it. Names and password are root and pass unless told otherwise. */
export function visitor(
  device: Device,
  login: { user: string; password: string } | null = { user: "root", password: "pass" },
) {
  const send = (path: string, { scheme = "http", method, headers = {}, body }: Asked): Promise<DeviceReply> =>
    device.handle({
      scheme,
      method: method ?? (body === undefined ? "GET" : "POST"),
      path,
      headers,
      body: whole(body),
      from: "127.0.0.1",
    });

  const credentials = (challenge: string, method: string, path: string): string => {
    const { user = "", password = "" } = login ?? {};
    if (challenge.startsWith("Basic"))
      return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const [realm, nonce] = [field("realm"), field("nonce")];
    const proof = md5(
      `${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:abcd:auth:${md5(`${method}:${path}`)}`,
    );
    return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${path}", qop=auth, nc=00000001, cnonce="abcd", response="${proof}"`;
  };

  const challengeOf = (reply: DeviceReply): string | undefined =>
    reply.kind === "answer" && reply.status === 401
      ? reply.headers.find(([name]) => name === "WWW-Authenticate")?.[1]
      : undefined;

  /** Asks for the challenge first, as curl does, so that a body is sent once. */
  const ask = async (path: string, asked: Asked = {}): Promise<DeviceReply> => {
    const method = asked.method ?? (asked.body === undefined ? "GET" : "POST");
    const { body: _later, ...bare } = asked;
    const empty = { ...asked.headers, "content-length": "0" };
    const first = login && (await send(path, { ...bare, method, headers: empty }));
    const challenge = first && challengeOf(first);
    if (first && !challenge && asked.body === undefined) return first;
    const authorization = challenge ? { authorization: credentials(challenge, method, path) } : {};
    return send(path, { ...asked, method, headers: { ...asked.headers, ...authorization } });
  };

  const answerTo = async (path: string, asked: Asked = {}): Promise<Answer> => {
    const reply = await ask(path, asked);
    if (reply.kind !== "answer") throw new Error(`${path}: ${reply.kind} instead of an answer`);
    return reply;
  };
  const text = async (path: string, asked: Asked = {}): Promise<string> =>
    String((await answerTo(path, asked)).body);

  return {
    ask,
    answer: answerTo,
    text,
    /** The reply of a JSON API, parsed. */
    json: async (path: string, call: object, asked: Asked = {}) =>
      JSON.parse(await text(path, { ...asked, body: JSON.stringify(call) })) as Record<string, unknown>,
  };
}

/** A multipart body with one part for each entry, nameless unless a disposition says more. */
export function form(
  parts: readonly (string | Uint8Array)[],
  dispositions: readonly string[] = [],
): Uint8Array {
  const chunks = parts.flatMap((part, index) => [
    Buffer.from(`--BOUNDARY\r\nContent-Disposition: form-data${dispositions[index] ?? ""}\r\n\r\n`),
    Buffer.from(part),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...chunks, Buffer.from("--BOUNDARY--\r\n")]);
}

export const FORM = { "content-type": "multipart/form-data; boundary=BOUNDARY" };

export const FWMGR = "/axis-cgi/firmwaremanagement.cgi";

/** The `upgrade` call as clients send it. */
export const upgrade = (image: Uint8Array, params: object = {}): Asked => ({
  headers: FORM,
  body: form([JSON.stringify({ apiVersion: "1.0", method: "upgrade", params }), image]),
});
