import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { desk } from "../testing/desk.ts";
import { FORM, FWMGR } from "../testing/visitor.ts";

/** What is garbage already would hide what is held, so it is collected before each look. */
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const CHUNK_BYTES = 64 * 1024;
const IMAGE_BYTES = 150 * 1024 * 1024;

test("an upload of 150 MB is read in constant memory", async () => {
  const { root, device } = desk("10.12.323");
  let peakBytes = 0;
  const used = () => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  async function* body() {
    const before = used();
    yield Buffer.from(
      `--BOUNDARY\r\nContent-Disposition: form-data\r\n\r\n{"method":"upgrade"}\r\n--BOUNDARY\r\nContent-Disposition: form-data\r\n\r\n`,
    );
    const magic = Buffer.alloc(CHUNK_BYTES, 7);
    magic.write("f3eb30a9", "hex");
    yield magic;
    for (let sent = CHUNK_BYTES; sent < IMAGE_BYTES; sent += CHUNK_BYTES) {
      yield Buffer.alloc(CHUNK_BYTES, sent / CHUNK_BYTES);
      if (sent % (CHUNK_BYTES * 128) === 0) peakBytes = Math.max(peakBytes, used() - before);
    }
    yield Buffer.from("\r\n--BOUNDARY--\r\n");
  }
  const reply = JSON.parse(await root.text(FWMGR, { headers: FORM, body: body() })) as object;
  expect(reply).toMatchObject({ error: { code: 415 } });
  expect(device.state.uploads).toMatchObject([{ bytes: IMAGE_BYTES, complete: true }]);
  // measured: 17.7 MB, of which most is freed a little later, and the same for 400 MB
  expect(peakBytes).toBeLessThan(25_000_000);
}, 30_000);
