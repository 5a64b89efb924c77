import { AGENT_ROUTES } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAgentsBed, type Agent, type AgentsBed } from "../testing/agents-bed.ts";
import { dial, exchange, type RawAnswer } from "../testing/raw.ts";
import { readRange } from "./range.ts";

const SIZE = 3_000_000;
let bed: AgentsBed;
let agent: Agent;
let etag: string;

beforeAll(async () => {
  bed = await openAgentsBed({ imageBytes: SIZE });
  agent = await bed.agent();
  etag = `"${bed.image.digest}"`;
});
afterAll(() => bed.close());

async function ask(headers: Record<string, string> = {}, method = "GET", rest?: string): Promise<RawAnswer> {
  const socket = await dial(agent.tls);
  const path = `${AGENT_ROUTES.images}/${rest ?? bed.image.digest}`;
  try {
    return await exchange(socket, { method, path, headers });
  } finally {
    socket.destroy();
  }
}

test("the whole image comes with its length, tag and promise of ranges", async () => {
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    etag,
    "content-length": String(SIZE),
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
  });
  expect(answer.body.equals(bed.image.bytes)).toBe(true);
});

test("HEAD says the same without the bytes", async () => {
  const answer = await ask({ range: "bytes=0-1" }, "HEAD");
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({ etag, "content-length": String(SIZE) });
});

test.each([
  ["bytes=0-0", 0, 0],
  ["bytes=0-524287", 0, 524_287],
  ["bytes=524287-524289", 524_287, 524_289],
  ["bytes=1000000-", 1_000_000, SIZE - 1],
  ["bytes=2999999-", SIZE - 1, SIZE - 1],
  ["bytes=2999990-99999999", 2_999_990, SIZE - 1],
  ["bytes=-1", SIZE - 1, SIZE - 1],
  ["bytes=-600000", SIZE - 600_000, SIZE - 1],
  ["bytes=-99999999", 0, SIZE - 1],
  ["BYTES = 5 - 9", 5, 9],
])("%s is bytes %i to %i", async (range, start, end) => {
  const answer = await ask({ range });
  expect(answer.status).toBe(206);
  expect(answer.headers["content-range"]).toBe(`bytes ${start}-${end}/${SIZE}`);
  expect(answer.body.equals(bed.image.bytes.subarray(start, end + 1))).toBe(true);
});

test.each(["bytes=3000000-", "bytes=99999999-999999999", "bytes=-0"])("%s is outside", async (range) => {
  const answer = await ask({ range });
  expect(answer.status).toBe(416);
  expect(answer.json().code).toBe("RANGE_INVALID");
  expect(answer.headers["content-range"]).toBe(`bytes */${SIZE}`);
});

test.each(["bytes=5-2", "bytes=a-b", "pages=1-2", "bytes=0-1,5-6", "bytes=-", "bytes", "bytes=1-1x", ""])(
  "%j is no range and gives the whole",
  async (range) => {
    const answer = await ask({ range });
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBe(SIZE);
  },
);

test("If-Range honours the range for this very image only", async () => {
  const range = "bytes=10-19";
  expect((await ask({ range, "if-range": etag })).status).toBe(206);
  for (const other of [`W/${etag}`, '"other"', "Mon, 01 Jan 2024 00:00:00 GMT"]) {
    expect((await ask({ range, "if-range": other })).status).toBe(200);
  }
  expect((await ask({ range: "bytes=9999999-", "if-range": '"other"' })).status).toBe(200);
});

test("If-None-Match saves the transfer", async () => {
  for (const tags of [etag, `"x", ${etag}`, `W/${etag}`, "*"]) {
    const answer = await ask({ "if-none-match": tags });
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
  }
  expect((await ask({ "if-none-match": '"other"' })).status).toBe(200);
});

test("pieces and metadata come whole; what is not there has its name", async () => {
  const pieces = await ask({}, "GET", `${bed.image.digest}.chunks`);
  expect([pieces.status, pieces.body.length]).toEqual([200, 32]);
  const metadata = await ask({}, "GET", "metadata/timestamp.json");
  expect([metadata.status, metadata.headers["content-type"]]).toEqual([200, "application/json"]);
  const absent = "cd".repeat(32);
  for (const [rest, code] of [
    [absent, "IMAGE_UNKNOWN"],
    [`${absent}.chunks`, "IMAGE_UNKNOWN"],
    ["metadata/7.root.json", "METADATA_MISSING"],
    ["metadata/passwords.json", "NOT_FOUND"],
    ["metadata/../../timestamp.json", "NOT_FOUND"],
    ["metadata/%2e%2e/timestamp.json", "NOT_FOUND"],
    [bed.image.digest.toUpperCase(), "NOT_FOUND"],
    [`${bed.image.digest}.bin`, "NOT_FOUND"],
    ["", "NOT_FOUND"],
  ] as const) {
    expect((await ask({}, "GET", rest)).json().code).toBe(code);
  }
});

test("a reader that stops reading costs two buffers, and its end ends the transfer", async () => {
  const slow = await openAgentsBed({ imageBytes: 64_000_000 });
  const reader = await slow.agent();
  const socket = await dial(reader.tls);
  socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  socket.write(`GET ${AGENT_ROUTES.images}/${slow.image.digest} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12_000_000);
  socket.destroy();
  await slow.close();
});

test("one transfer too many is told to come back", async () => {
  const full = await openAgentsBed({ limits: { transfersAtOnce: 0 } });
  const late = await full.agent();
  const socket = await dial(late.tls);
  const answer = await exchange(socket, { path: `${AGENT_ROUTES.images}/${full.image.digest}` });
  expect([answer.status, answer.json().code]).toEqual([503, "HUB_BUSY"]);
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  socket.destroy();
  await full.close();
});

test("an empty image has no satisfiable range", () => {
  expect(readRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(readRange("bytes=-5", 0)).toBe("unsatisfiable");
});
