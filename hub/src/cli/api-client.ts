import { createReadStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { request as clear, type IncomingMessage, type RequestOptions } from "node:http";
import { request as secret } from "node:https";
import { pipeline } from "node:stream/promises";
import { Fault, fromProblem } from "@fyr/protocol";

export interface ApiAccess {
  /** `http://127.0.0.1:8443`. */
  readonly url: string;
  readonly token: string;
  /** File with the certificates to trust, when the system does not know them. */
  readonly caFile?: string | undefined;
}

export interface ApiCall {
  readonly method: "GET" | "POST";
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly json?: unknown;
  /** A file that is sent as it is. */
  readonly file?: string;
}

/** An hour of silence would be a long import on a slow disk. */
const SILENCE_MS = 10 * 60 * 1000;

/** What the command line asks of the hub, it asks like anybody else: over the public API. */
export async function callApi(access: ApiAccess, call: ApiCall): Promise<unknown> {
  const sizeBytes = call.file === undefined ? 0 : (await stat(call.file)).size;
  const body = call.json === undefined ? "" : JSON.stringify(call.json);
  const type = call.file === undefined ? "application/json" : "application/octet-stream";
  const length = call.file === undefined ? Buffer.byteLength(body) : sizeBytes;
  const sends = call.file !== undefined || call.json !== undefined;
  const { response, sent } = send(access, call, {
    authorization: `Bearer ${access.token}`,
    ...(sends && { "content-type": type, "content-length": String(length) }),
  });
  const upload = call.file === undefined ? sent.end(body) : pipeline(createReadStream(call.file), sent);
  // The hub may refuse before it has read everything; its answer is what counts then.
  const [answer] = await Promise.all([response.then(read), Promise.resolve(upload).catch(() => undefined)]);
  return answer;
}

function send({ url, caFile }: ApiAccess, { method, path }: ApiCall, headers: Record<string, string>) {
  const target = new URL(`/api/v1${path}`, url);
  const options: RequestOptions = { method, headers, timeout: SILENCE_MS };
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) };
  const sent = target.protocol === "https:" ? secret(target, { ...options, ...ca }) : clear(target, options);
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on("response", resolve);
    sent.on("timeout", () => sent.destroy(new Fault("PEER_SILENT")));
    sent.on("error", (cause) => reject(new Fault("HUB_UNREACHABLE", { url: target.origin }, { cause })));
  });
  return { sent, response };
}

async function read(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  if ((response.statusCode ?? 500) < 400) return value;
  throw fromProblem(value) ?? new Error(`the hub answered ${response.statusCode}`);
}
