import { testSigningKey } from "@fyr/certs/testing";
import { expect, test } from "vitest";
import { exportKey, exportSigner } from "./keys.ts";
import { linesOf } from "./lines.ts";
import { checkSignedLines, signedLines } from "./signed-lines.ts";

const signer = exportSigner(testSigningKey("exports"));
const key = exportKey(signer.publicKey);

async function* given<T>(...items: readonly T[]) {
  for (const item of items) yield await Promise.resolve(item);
}

async function textOf(...batches: unknown[][]): Promise<string> {
  let text = "";
  for await (const piece of signedLines(signer, { format: "test/1" }, given(...batches))) text += piece;
  return text;
}

const check = (text: string | Uint8Array, by = key) =>
  checkSignedLines(by, given(Buffer.from(text)), () => {});

test("what was signed is read back line by line, and the seal holds", async () => {
  const text = await textOf([{ n: 1 }, { n: 2 }], [], [{ n: 3, text: "é\n" }]);
  const lines: string[] = [];
  const pieces = Array.from({ length: Math.ceil(text.length / 7) }, (_, n) => text.slice(n * 7, n * 7 + 7));
  const bytes = given(...pieces.map((piece) => Buffer.from(piece)));
  expect(await checkSignedLines(key, bytes, (line) => void lines.push(line))).toBeNull();
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { format: "test/1" },
    ...[{ n: 1 }, { n: 2 }, { n: 3, text: "é\n" }],
  ]);
});

test("an export of nothing is signed too", async () => {
  expect(await check(await textOf())).toBeNull();
});

test("every single byte counts, whichever bit of it is flipped, the seal's own bytes as well", async () => {
  const bytes = Buffer.from(await textOf([{ n: 1 }, { name: "é" }]));
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ (1 << bit);
      expect(await check(altered), `byte ${at}, bit ${bit}`).not.toBeNull();
    }
  }
});

test("a line that was taken out, doubled or moved shows, and so does a tail that was cut off", async () => {
  const text = await textOf([{ n: 1 }, { n: 2 }, { n: 3 }]);
  const lines = text.split(/(?<=\n)/);
  const [header = "", one = "", two = ""] = lines;
  expect(await check(lines.toSpliced(1, 1).join(""))).toBe("altered");
  expect(await check(lines.toSpliced(1, 0, one).join(""))).toBe("altered");
  expect(await check(lines.with(1, two).with(2, one).join(""))).toBe("altered");
  expect(await check(`${text}${one}`)).toBe("cut short");
  for (let length = 0; length < text.length; length++) {
    expect(await check(text.slice(0, length)), `${length} bytes`).not.toBeNull();
  }
  expect(await check(header)).toBe("cut short");
});

test("another hub's key and a seal that somebody else made are told apart", async () => {
  const text = await textOf([{ n: 1 }]);
  const other = exportSigner(testSigningKey("another hub"));
  expect(await check(text, exportKey(other.publicKey))).toBe("another key");
  const forged = text.replace(/"sig":"[0-9a-f]{128}"/, `"sig":"${"0".repeat(128)}"`);
  expect(await check(forged)).toBe("forged");
});

test("no more of an export is made than is read", async () => {
  let made = 0;
  async function* batches() {
    for (;;) yield await Promise.resolve([{ n: ++made }]);
  }
  const pieces = signedLines(signer, { format: "test/1" }, batches());
  for (let read = 0; read < 4; read++) await pieces.next();
  expect(made).toBe(3);
});

test("lines are cut at their ends, however the bytes arrive, and the last may have none", async () => {
  const found: string[] = [];
  for await (const line of linesOf(given(Buffer.from("a\nbc"), Buffer.from("d\n\n"), Buffer.from("e"))))
    found.push(line.toString());
  expect(found).toEqual(["a\n", "bcd\n", "\n", "e"]);
});
