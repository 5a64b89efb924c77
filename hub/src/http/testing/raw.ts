import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  json(): { code?: string } & Record<string, unknown>;
}

export const dial = (options: ConnectionOptions): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket));
    socket.on("error", reject);
  });

/** Everything that the other side says until it closes or has said a whole answer. */
export function readAnswer(socket: TLSSocket, bodyless = false): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const look = () => {
      const answer = parse(bytes, bodyless);
      if (!answer) return false;
      socket.off("data", more).off("close", ended).off("error", reject);
      resolve(answer);
      return true;
    };
    const more = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look();
    };
    const ended = () => look() || reject(new Error(`closed after ${bytes.length} bytes`));
    socket.on("data", more).on("close", ended).on("error", reject);
  });
}

function parse(bytes: Buffer, bodyless: boolean): RawAnswer | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const length = bodyless ? 0 : Number(headers["content-length"] ?? 0);
  const body = bytes.subarray(end + 4);
  if (body.length < length) return null;
  return {
    status: Number(first.split(" ")[1]),
    headers,
    body: body.subarray(0, length),
    json: () => JSON.parse(body.subarray(0, length).toString()) as ReturnType<RawAnswer["json"]>,
  };
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** One exchange on an open connection, written byte by byte as given: nothing is corrected. */
export async function exchange(socket: TLSSocket, request: RawRequest): Promise<RawAnswer> {
  const { method = "GET", path, headers = {}, body = "" } = request;
  const length = Buffer.byteLength(body);
  const all = {
    host: "localhost",
    ...(method === "POST" && { "content-length": String(length) }),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = readAnswer(socket, method === "HEAD");
  socket.write(
    Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n`), Buffer.from(body)]),
  );
  return answer;
}
