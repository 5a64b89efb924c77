import { Dicer } from "@fastify/busboy";

export interface Part {
  /** Names in lower case; empty for a part that brought none. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end before the next part is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The body is not multipart, or breaks off in the middle of it. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

/** The boundary of a `multipart/…` content type; null for any other. */
export function boundaryOf(contentType = ""): string | null {
  const match = /^multipart\/[^;]+;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

const flatten = (header: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(header).map(([name, values]) => [name, String((values as unknown[])[0])]),
  );

/**
 * The parts of a body one after the other, in constant memory. Names, file names and content types may be
 * missing: clients send five different forms and devices take them all (vapix.md 1.5).
 *
 * @throws MultipartError when the body is not whole; what `body` throws, when the client broke off
 */
export async function* multipart(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const dicer = new Dicer({ boundary });
  const queue = partQueue(dicer);
  const fail = (error: unknown) => queue.close(error as Error);
  dicer.on("error", (error) => fail(new MultipartError(error.message)));
  dicer.on("finish", () => queue.close());
  pump(body, dicer).catch(fail);
  try {
    for (let part = await queue.next(); part; part = await queue.next()) yield part;
  } finally {
    queue.abandon();
  }
}

type PartStream = AsyncIterable<Uint8Array> & {
  on(event: "header" | "error", listener: (value: object) => void): void;
  resume(): void;
  destroy(error: Error): void;
};

/** Parts wait here until they are asked for; one that nobody wants any more is read and thrown away. */
function partQueue(dicer: Dicer) {
  const waiting: Part[] = [];
  let last: PartStream | undefined;
  let closed: { readonly failure?: Error } | undefined;
  let abandoned = false;
  let wake = () => {};
  dicer.on("part", (part) => {
    last = part as PartStream;
    waiting.push(toPart(last));
    if (abandoned) last.resume();
    wake();
  });
  return {
    async next(): Promise<Part | undefined> {
      while (waiting.length === 0 && !closed) await new Promise<void>((resolve) => (wake = resolve));
      if (waiting.length === 0 && closed?.failure) throw closed.failure;
      return waiting.shift();
    },
    close(failure?: Error) {
      closed ??= failure ? { failure } : {};
      if (failure) last?.destroy(failure);
      wake();
    },
    abandon() {
      abandoned = true;
      last?.resume();
    },
  };
}

function toPart(stream: PartStream): Part {
  let headers: Record<string, string> = {};
  stream.on("header", (header) => (headers = flatten(header)));
  stream.on("error", () => {}); // its reader hears of it too; without this line Node would end the process
  return {
    get headers() {
      return headers;
    },
    body: untilCut(stream),
  };
}

async function* untilCut(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    const message = (error as Error).message;
    throw message.includes("terminated early") ? new MultipartError(message) : error;
  }
}

async function pump(body: AsyncIterable<Uint8Array>, into: Dicer): Promise<void> {
  for await (const chunk of body) {
    await new Promise<void>((resolve, reject) => {
      into.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
  into.end();
}
