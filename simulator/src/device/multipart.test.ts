import { expect, test } from "vitest";
import fc from "fast-check";
import { boundaryOf, multipart, MultipartError } from "./multipart.ts";

async function* pieces(bytes: Uint8Array, sizes: readonly number[]) {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collect(body: AsyncIterable<Uint8Array>) {
  const parts: { headers: object; text: string }[] = [];
  for await (const part of multipart(body, "B")) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    parts.push({ headers: part.headers, text: Buffer.concat(chunks).toString("latin1") });
  }
  return parts;
}

const form = (head: string, content: Buffer) =>
  Buffer.concat([
    Buffer.from(
      `--B\r\nContent-Disposition: form-data\r\n\r\n${head}\r\n--B\r\nContent-Disposition: form-data\r\n\r\n`,
    ),
    content,
    Buffer.from("\r\n--B--\r\n"),
  ]);

test("nameless parts arrive whole, however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
      async (content, sizes) => {
        const parts = await collect(pieces(form("{}", Buffer.from(content)), sizes));
        expect(parts.map(({ text }) => text)).toEqual(["{}", Buffer.from(content).toString("latin1")]);
      },
    ),
    { numRuns: 60 },
  );
});

test("a body that ends early is refused, not taken for whole", async () => {
  const whole = form("{}", Buffer.alloc(500));
  for (const end of [0, 3, 40, 90, 200, whole.length - 5]) {
    await expect(collect(pieces(whole.subarray(0, end), [64])), `cut at ${end}`).rejects.toThrow(
      MultipartError,
    );
  }
});

test("a client that breaks off ends the part that was being read", async () => {
  async function* broken() {
    yield form("{}", Buffer.alloc(500)).subarray(0, 200);
    throw new Error("socket gone");
  }
  await expect(collect(broken())).rejects.toThrow("socket gone");
});

test("the boundary is found with and without quotes", () => {
  expect(boundaryOf('multipart/form-data; boundary="a b"')).toBe("a b");
  expect(boundaryOf("multipart/form-data; charset=utf-8; boundary=xyz")).toBe("xyz");
  expect(boundaryOf("application/json")).toBeNull();
});
