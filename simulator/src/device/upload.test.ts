import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { desk, WHOLE_UPGRADE_S, type DeskVersion } from "../testing/desk.ts";
import { form, FORM, FWMGR, upgrade } from "../testing/visitor.ts";
import { modelOf } from "./catalogue.ts";
import { flashedTwice } from "./history.ts";
import { damaged, makeForeignImage, makeUnsignedImage, truncated } from "./image.ts";

type Desk = ReturnType<typeof desk>;

const errorOf = async ({ root }: Desk, image: Uint8Array, params = {}) => {
  const reply = JSON.parse(await root.text(FWMGR, upgrade(image, params))) as {
    error?: { code: number; message: string };
  };
  return reply.error;
};

const LEGACY = "/axis-cgi/firmwareupgrade.cgi?type=normal";
const file = (image: Uint8Array) => ({
  headers: FORM,
  body: form([image], ['; name="upload"; filename="a.bin"']),
});

test.each(["10.12.323", "11.11.192", "12.9.57"] as const)(
  "twenty bytes of text as an image are 421 on %s",
  async (version) => {
    const the = desk(version);
    expect(await errorOf(the, Buffer.from("twenty bytes of text"))).toEqual({
      code: 421,
      message: "Firmware image does not match this device.",
    });
    expect(the.device.state.uploads).toMatchObject([
      { verdict: "refused", code: 421, bytes: 20, complete: true },
    ]);
  },
);

test("each thing that can be wrong with an image has its own code, and installs nothing (vapix.md 1.7)", async () => {
  const the = desk("12.9.57", { revoked: ["12.10.1"] });
  const good = await the.image();
  expect(await errorOf(the, truncated(good))).toMatchObject({ code: 415 });
  expect(await errorOf(the, damaged(good, 1_000))).toMatchObject({ code: 415 }); // in info.json
  const large = damaged(await the.image({ sizeBytes: 400_000 }), 300_000); // where only the signature sees it
  expect(await errorOf(the, large)).toMatchObject({ code: 415 });
  expect(await errorOf(the, await makeUnsignedImage(the.recipe()))).toMatchObject({ code: 422 });
  expect(await errorOf(the, await makeForeignImage(the.recipe()))).toMatchObject({ code: 424 });
  expect(await errorOf(the, await the.image({ models: [modelOf("92A.1")] }))).toMatchObject({ code: 421 });
  expect(await errorOf(the, await the.image({ version: "12.10.1" }))).toMatchObject({ code: 410 });
  expect(await errorOf(the, await the.image({ version: "11.11.192" }))).toEqual({
    code: 409,
    message: "Downgrade is only allowed if factoryDefault=hard is set.",
  });
  expect(the.device.state).toMatchObject({
    boots: 0,
    phase: { name: "ready" },
    firmware: { active: { version: "12.9.57" } },
  });
  expect(the.broken).toEqual([]);
});

test("the product number alone does not let an image in: hardware ids differ (vapix.md 2.1)", async () => {
  const the = desk("12.9.57", {
    identity: { serial: "B8A44F000009", model: modelOf("79F.4"), address: "127.0.0.9" },
  });
  expect(modelOf("79F.4").prodNbr).toBe(modelOf("92D").prodNbr);
  expect(await errorOf(the, await the.image({ models: [modelOf("92D")] }))).toMatchObject({ code: 421 });
});

test("what is no upgrade call is refused by the JSON part", async () => {
  const { root } = desk();
  const send = async (json: string) =>
    JSON.parse(await root.text(FWMGR, { headers: FORM, body: form([json, "image"]) })) as {
      error: { code: number };
    };
  expect((await send("{")).error.code).toBe(400);
  expect(
    (await send('{"apiVersion":"1.0","method":"upgrade","params":{"autoCommit":"soon"}}')).error.code,
  ).toBe(400);
  expect((await send('{"apiVersion":"1.0","method":"status"}')).error.code).toBe(405);
  expect((await send('{"apiVersion":"2.0","method":"upgrade"}')).error.code).toBe(417);
  const cut = form(['{"apiVersion":"1.0","method":"upgrade"}', "image"]).subarray(0, -6);
  expect(JSON.parse(await root.text(FWMGR, { headers: FORM, body: cut }))).toMatchObject({
    error: { code: 400 },
  });
});

test("an upgrade without version and params is taken, and the answer comes before the restart", async () => {
  const the = desk();
  const image = await the.image();
  const sent = the.root.ask(FWMGR, { headers: FORM, body: form(['{"method":"upgrade"}', image]) });
  let answered = false;
  void sent.then(() => (answered = true));
  await the.pass(9);
  expect([answered, the.device.life.phase()]).toEqual([false, "flashing"]);
  await the.pass(2);
  expect([answered, the.device.life.phase(), the.device.state.boots]).toEqual([true, "leaving", 0]);
  await the.pass(9);
  expect([the.device.listensOn("http"), the.device.state.boots]).toEqual([false, 1]);
  await the.pass(20);
  expect(the.device.state).toMatchObject({ firmware: { active: { version: "12.11.77" }, committed: true } });
});

test("while one firmware request runs, every other hears 423", async () => {
  const the = desk();
  const image = await the.image();
  const first = the.root.ask(FWMGR, upgrade(image));
  await the.pass(5);
  for (const method of ["status", "commit", "purge", "reboot"]) {
    expect(await the.root.json(FWMGR, { method })).toMatchObject({ method, error: { code: 423 } });
  }
  expect(await the.root.json(FWMGR, { method: "getSupportedVersions" })).toHaveProperty("data");
  expect(await errorOf(the, image)).toMatchObject({ code: 423 });
  await the.pass(WHOLE_UPGRADE_S);
  expect(await first).toMatchObject({ status: 200 });
  expect(flashedTwice(the.device.state.uploads)).toEqual([{ rule: "overlap", upload: 2 }]);
});

test("a device on trial takes no other image, and keeps the way back", async () => {
  const the = desk();
  const image = await the.image();
  const sent = the.root.ask(FWMGR, upgrade(image, { autoCommit: "never" }));
  await the.pass(WHOLE_UPGRADE_S);
  await sent;
  expect(await errorOf(the, image)).toMatchObject({ code: 412 });
  expect(the.device.state.firmware.inactive?.image.version).toBe("12.9.57");
});

test("a client that breaks off leaves the old image, a broken upload and no way back", async () => {
  const the = desk();
  const { body } = upgrade(await the.image());
  async function* broken() {
    yield (body as Uint8Array).subarray(0, 1500);
    throw new Error("socket gone");
  }
  const reply = await the.root.ask(FWMGR, { headers: FORM, body: broken() });
  expect(reply).toEqual({ kind: "hang-up" });
  expect(the.device.state.uploads).toMatchObject([{ verdict: "broken", complete: false }]);
  expect(the.device.life.phase()).toBe("ready");
});

test("the legacy call takes one file of any name and answers a page", async () => {
  const the = desk("9.80.2.2");
  const image = await the.image({ version: "9.80.3.9" });
  expect(await the.root.text(LEGACY, file(Buffer.from("text")))).toMatch(/Error: .*421/);
  const sent = the.root.text(LEGACY, file(image));
  await the.pass(WHOLE_UPGRADE_S);
  expect(await sent).not.toMatch(/error|fail/i);
  expect(the.device.state.firmware).toMatchObject({ active: { version: "9.80.3.9" }, committed: true });
});

test("5.51 answers before it flashes, stays reachable on the old version, and restarts later", async () => {
  const the = desk("5.51.7");
  const image = await the.image({ version: "5.51.7.4" });
  expect(await the.root.text(LEGACY, file(image))).not.toMatch(/error|fail/i);
  const version = () => the.root.text("/axis-cgi/param.cgi?action=list&group=Properties.Firmware.Version");
  await the.pass(15);
  expect(await version()).toBe("Properties.Firmware.Version=5.51.7\n");
  await the.pass(25);
  expect(await version()).toBe("Properties.Firmware.Version=5.51.7.4\n");
  expect(the.device.state.firmware).toMatchObject({ committed: true });
  expect(the.device.state.firmware).not.toHaveProperty("inactive");
});

test("some old devices drop the connection when flashing starts", async () => {
  const the = desk("5.51.7", { dropsOnFlash: true });
  const reply = await the.root.ask(LEGACY, file(await the.image({ version: "5.51.7.4" })));
  expect(reply).toEqual({ kind: "hang-up" });
  expect(the.device.life.phase()).toBe("flashing");
});

test("13 has no legacy call", async () => {
  expect((await desk("13.0.33").root.answer(LEGACY, { scheme: "https" })).status).toBe(404);
});

test.each<[DeskVersion, string]>([
  ["10.12.323", "11.11.192"],
  ["11.11.192", "12.11.77"],
  ["12.11.77", "13.0.33"],
])("an image of the next container brings %s to %s", async (from, to) => {
  const the = desk(from);
  const image = await the.image({ version: to });
  const sent = the.root.ask(FWMGR, upgrade(image));
  await the.pass(WHOLE_UPGRADE_S);
  expect(await sent).toMatchObject({ status: 200 });
  expect(the.device.state.firmware.active.version).toBe(to);
  expect(the.device.listensOn("http")).toBe(to !== "13.0.33");
  expect(the.device.state.uploads[0]?.sha256).toBe(createHash("sha256").update(image).digest("hex"));
});
