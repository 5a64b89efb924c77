import { createReadStream } from "node:fs";
import { request as send, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";

export type Headers = Readonly<Record<string, string>>;

export interface Ask {
  readonly method: "GET" | "POST" | "PATCH";
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
  readonly file?: { readonly path: string; readonly sizeBytes: number };
  readonly headers?: Headers;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The session's cookie, when the answer brings another one. */
  readonly cookie: string | null;
}

export type Exchange = (ask: Ask) => Promise<Answer>;

const IDLE_MS = 15_000;

/** One request to the API at `url`, as a browser or a script sends it. */
export const exchangeWith =
  (url: string): Exchange =>
  async ({ method, path, body, file, headers = {} }) => {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const all = {
      ...headers,
      ...(content && { "content-type": "application/json", "content-length": content.length }),
      ...(file && { "content-type": "application/octet-stream", "content-length": file.sizeBytes }),
    };
    const sent = send(new URL(`/api/v1${path}`, url), { method, headers: all, agent: false });
    sent.setTimeout(IDLE_MS, () =>
      sent.destroy(Object.assign(new Error("the hub is silent"), { code: "ETIMEDOUT" })),
    );
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      sent.once("response", resolve).once("error", reject),
    );
    answered.catch(() => {});
    if (file) await pipeline(createReadStream(file.path), sent);
    else sent.end(content);
    const response = await answered;
    const cookie = response.headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? null;
    return { status: response.statusCode ?? 0, text: await text(response), cookie };
  };
