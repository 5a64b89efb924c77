import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { modelOf } from "../device/catalogue.ts";
import { makeImage } from "../device/image.ts";
import { startDevice, type TestDevice } from "../testing.ts";
import { curl } from "../testing/curl.ts";

const FWMGR = "/axis-cgi/firmwaremanagement.cgi";
const STATUS = '{"apiVersion":"1.0","context":"abc","method":"status"}';
const UPGRADE = '{"apiVersion":"1.0","method":"upgrade","params":{"autoCommit":"never","autoRollback":"30"}}';
const LOGIN = ["--user", "root:pass"];

let folder = "";
let image = "";
let digest = "";
let running: TestDevice | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-curl-"));
  image = join(folder, "P3265-V_12_11_77.bin");
  const bytes = await makeImage({
    version: "12.11.77",
    models: [modelOf("931.11")],
    sizeBytes: 3_000_000,
    seed: "c",
  });
  digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(image, bytes);
});
afterEach(() => running?.close());
afterAll(() => rm(folder, { recursive: true }));

const start = async (change: Parameters<typeof startDevice>[0] = {}) =>
  (running = await startDevice({ speed: 400, ...change }));

test("digest over HTTP, with the challenge and the nonce of the recordings", async () => {
  const { http } = await start();
  const asked = await curl("--digest", ...LOGIN, http + FWMGR, "--data", STATUS);
  expect(asked.status).toBe(200);
  expect(JSON.parse(asked.body)).toMatchObject({
    context: "abc",
    data: { activeFirmwareVersion: "12.9.57" },
  });
  expect(asked.headers).toMatch(
    /WWW-Authenticate: Digest realm="AXIS_B8A44F000001", nonce="[\w+/]{11}=[0-9a-f]{40}", algorithm=MD5, qop="auth"\r?$/m,
  );
});

test.each(["--anyauth", "--digest"])("%s over HTTP; basic alone is refused there", async (how) => {
  const { http } = await start();
  expect((await curl(how, ...LOGIN, http + FWMGR, "--data", STATUS)).status).toBe(200);
  expect((await curl("--basic", ...LOGIN, http + FWMGR, "--data", STATUS)).status).toBe(401);
  expect((await curl(how, "--user", "root:wrong", http + FWMGR, "--data", STATUS)).status).toBe(401);
});

test.each([
  ["--http1.1", "1.1"],
  ["--http2", "2"],
])("basic over HTTPS, %s", async (how, version) => {
  const { https } = await start();
  const refused = await curl(how, https + FWMGR, "--data", STATUS);
  expect(refused.status).toBe(401);
  expect(refused.headers).toMatch(/www-authenticate: Basic realm="AXIS_B8A44F000001"/i);
  const taken = await curl(how, "--anyauth", ...LOGIN, https + FWMGR, "--data", STATUS);
  expect(taken).toMatchObject({ status: 200, httpVersion: version });
});

test("--anyauth finds its login on a call that anyone may make in part", async () => {
  const { http } = await start();
  const call = '{"apiVersion":"1.0","method":"getAllProperties"}';
  const asked = await curl("--anyauth", ...LOGIN, `${http}/axis-cgi/basicdeviceinfo.cgi`, "--data", call);
  expect(asked.body).toContain('"Architecture": "aarch64"');
});

const JSON_TYPE = ";type=application/json";

test.each([
  [
    "the documented form",
    ["--form", `json=${UPGRADE}${JSON_TYPE}`, "--form", "file=@IMAGE;type=application/octet-stream"],
  ],
  ["data and firmwareImage", ["--form", `data=${UPGRADE}${JSON_TYPE}`, "--form", "firmwareImage=@IMAGE"]],
  [
    "a blob and fileData",
    ["--form", `data=${UPGRADE};filename=blob${JSON_TYPE}`, "--form", "fileData=@IMAGE"],
  ],
  ["payload without a type", ["--form", `payload=${UPGRADE}`, "--form", "file=@IMAGE"]],
  ["no names at all", ["--form", `=${UPGRADE}`, "--form", "=<IMAGE"]],
])("an upload in the form of %s goes on trial", async (_name, form) => {
  const { http, https, device } = await start();
  const args = form.map((arg) => arg.replace("IMAGE", image));
  const sent = await curl("--digest", ...LOGIN, http + FWMGR, ...args);
  expect(JSON.parse(sent.body)).toEqual({
    apiVersion: "1.8",
    method: "upgrade",
    data: { firmwareVersion: "12.11.77" },
  });
  expect(device.state.uploads).toMatchObject([{ complete: true, sha256: digest, verdict: "accepted" }]);
  await ready(device);
  const status = await curl("--basic", ...LOGIN, https + FWMGR, "--data", STATUS);
  expect(JSON.parse(status.body)).toMatchObject({
    apiVersion: "1.10",
    data: { activeFirmwareVersion: "12.11.77", inactiveFirmwareVersion: "12.9.57", isCommited: false },
  });
});

test.each([["--basic"], ["--anyauth"]])("an upload over HTTP/2 arrives whole, %s", async (how) => {
  const { https, device } = await start();
  const sent = await curl(
    "--http2",
    how,
    ...LOGIN,
    https + FWMGR,
    "--form",
    `json=${UPGRADE}`,
    "--form",
    `file=@${image}`,
  );
  expect(sent).toMatchObject({ exit: 0, status: 200, httpVersion: "2" });
  expect(device.state.uploads[0]?.sha256).toBe(digest);
});

test("an image that was sent without a login is read to its end, then refused, and no upload is counted", async () => {
  const { http, device } = await start();
  const sent = await curl(
    "--header",
    "Expect:",
    http + FWMGR,
    "--form",
    `json=${UPGRADE}`,
    "--form",
    `file=@${image}`,
  );
  expect(sent).toMatchObject({ exit: 0, status: 401 });
  expect(device.state.uploads).toEqual([]);
});

test("who waits for 100 Continue hears the 401 first and is asked for the image once", async () => {
  const { http, device } = await start();
  const args = ["--header", "Expect: 100-continue", "--form", `json=${UPGRADE}`, "--form", `file=@${image}`];
  const refused = await curl(http + FWMGR, ...args);
  expect(refused.status).toBe(401);
  expect(refused.headers).not.toContain("100 Continue");
  const sent = await curl("--digest", ...LOGIN, http + FWMGR, ...args);
  expect(sent.status).toBe(200);
  expect(sent.headers).toContain("100 Continue");
  expect(device.state.uploads).toHaveLength(1);
});

test("a device that is off resets whoever comes", async () => {
  const { http, device } = await start();
  device.life.cutPower();
  expect([7, 56]).toContain((await curl(http)).exit); // refused or reset, as the two ends happen to meet
  device.life.restorePower();
  await ready(device);
  expect((await curl(http)).status).toBe(200);
});

async function ready(device: TestDevice["device"]): Promise<void> {
  while (device.life.phase() !== "ready") await device.life.nextPhase();
}
