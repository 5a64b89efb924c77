import { expect, test } from "vitest";
import { desk, WHOLE_UPGRADE_S } from "../../testing/desk.ts";
import { FORM, FWMGR, upgrade } from "../../testing/visitor.ts";
import type { DeviceReply } from "../exchange.ts";
import { flashedTwice } from "../history.ts";
import type { FaultInput, FaultKind } from "./spec.ts";

type Desk = ReturnType<typeof desk>;

/** Kinds that a test of this file has seen strike; the last test demands all of them. */
const proven = new Set<FaultKind>();

function place({ device }: Desk, ...faults: FaultInput[]): void {
  for (const fault of faults) device.faults.place(fault);
}

/** The fault struck, and says so. */
function fired({ device }: Desk, kind: FaultKind, times = 1): void {
  expect(device.state.faults.find(({ spec }) => spec.kind === kind)).toMatchObject({ fired: times });
  proven.add(kind);
}

async function sendImage(the: Desk, params: object = { autoCommit: "never", autoRollback: "30" }) {
  const image = await the.image();
  return { image, reply: the.root.ask(FWMGR, upgrade(image, params)) };
}

const version = async ({ root }: Desk): Promise<string> =>
  (await root.text("/axis-cgi/param.cgi?action=list&group=Properties.Firmware.Version"))
    .trim()
    .split("=")[1] ?? "";

const status = async ({ root }: Desk) => (await root.json(FWMGR, { method: "status" }))["data"];

const kindOf = async (reply: Promise<DeviceReply>): Promise<string> => (await reply).kind;

test("power is cut at exactly the byte that was asked for", async () => {
  for (const atByte of [0, 1, 700, 1_999]) {
    const the = desk();
    place(the, { kind: "power-cut-in-upload", atByte });
    const { body } = upgrade(await the.image());
    let readBytes = 0;
    async function* counted() {
      for (const byte of body as Uint8Array) {
        readBytes += 1;
        yield Uint8Array.of(byte);
      }
    }
    const reply = the.root.ask(FWMGR, { headers: FORM, body: counted() });
    await the.pass(0.01);
    expect(await reply).toEqual({ kind: "hang-up" });
    expect(readBytes).toBe(Math.max(1, atByte));
    expect(the.device.life.phase()).toBe("off");
    fired(the, "power-cut-in-upload");
    await the.pass(30);
    expect(await version(the)).toBe("12.9.57");
    expect(the.device.state.uploads.map(({ verdict }) => verdict)).not.toContain("accepted");
  }
});

test("what arrived before the cut is counted, and nothing behind it", async () => {
  const the = desk();
  const { body } = upgrade(await the.image());
  const imageAt = Buffer.from(body as Uint8Array).lastIndexOf("\r\n\r\n", 400) + 4;
  place(the, { kind: "power-cut-in-upload", atByte: imageAt + 1_000 });
  const reply = the.root.ask(FWMGR, { headers: FORM, body: body as Uint8Array });
  await the.pass(0.01);
  expect(await reply).toEqual({ kind: "hang-up" });
  // the reader of parts holds back what could be the beginning of a boundary
  expect(the.device.state.uploads[0]?.bytes).toBeGreaterThan(900);
  expect(the.device.state.uploads[0]?.bytes).toBeLessThanOrEqual(1_000);
});

test.each([0, 5, 50, 95, 100])(
  "power lost at %d percent of the flash brings back the old, the new, or nothing",
  async (percent) => {
    for (const comesBack of ["old", "new", "rescue"] as const) {
      const the = desk();
      place(the, { kind: "power-cut-in-flash", percent, comesBack });
      const { reply } = await sendImage(the);
      await the.pass(WHOLE_UPGRADE_S + 10);
      expect(await kindOf(reply)).toBe("hang-up");
      fired(the, "power-cut-in-flash");
      expect(the.device.life.phase()).toBe(comesBack === "rescue" ? "booting" : "ready");
      expect(the.device.state.firmware.active.version).toBe(comesBack === "new" ? "12.11.77" : "12.9.57");
    }
  },
);

test("power lost on trial brings back the old image", async () => {
  const the = desk();
  place(the, { kind: "power-cut-on-trial", afterSeconds: 20 });
  const { reply } = await sendImage(the);
  await the.pass(WHOLE_UPGRADE_S + 5);
  expect([await kindOf(reply), await version(the)]).toEqual(["answer", "12.11.77"]);
  await the.pass(17);
  expect(the.device.life.phase()).toBe("off");
  await the.pass(30);
  expect(await version(the)).toBe("12.9.57");
  fired(the, "power-cut-on-trial");
});

test("a stalled upload goes on after its time, or never", async () => {
  const brief = desk();
  place(brief, { kind: "stall", atByte: 500, realSeconds: 90 });
  const first = await sendImage(brief);
  await brief.pass(89);
  expect(brief.device.state.uploads[0]?.verdict ?? "running").toBe("running");
  await brief.pass(1 + WHOLE_UPGRADE_S);
  expect(await kindOf(first.reply)).toBe("answer");
  fired(brief, "stall");

  const endless = desk();
  place(endless, { kind: "stall", atByte: 500 });
  void sendImage(endless);
  await endless.pass(86_400);
  expect(endless.device.life.phase()).toBe("ready");
  fired(endless, "stall");
});

test("a slow device takes its time for each byte", async () => {
  const the = desk();
  place(the, { kind: "slow", bytesPerSecond: 100 });
  const { reply } = await sendImage(the);
  await the.pass(20);
  expect(the.device.life.phase()).toBe("ready");
  await the.pass(120);
  expect([await kindOf(reply), await version(the)]).toEqual(["answer", "12.11.77"]);
  fired(the, "slow");
});

test("a changed password refuses every login and nothing else", async () => {
  const the = desk();
  place(the, { kind: "unauthorized" });
  expect(await the.root.answer(FWMGR, { body: "{}" })).toMatchObject({ status: 401 });
  fired(the, "unauthorized");
  const open = await the.anyone.json("/axis-cgi/systemready.cgi", { method: "systemready" });
  expect(open).toMatchObject({ data: { systemready: "yes" } });
});

test("another device answers at the address, at once or after the restart", async () => {
  const serial = "ACCC8E999999";
  const identify = async (the: Desk) => {
    const call = JSON.stringify({ apiVersion: "1.0", method: "getAllUnrestrictedProperties" });
    return the.anyone.text("/axis-cgi/basicdeviceinfo.cgi", { body: call });
  };
  const now = desk();
  place(now, { kind: "wrong-serial", serial });
  expect(await identify(now)).toContain(`"SerialNumber": "${serial}"`);
  expect(JSON.stringify(await now.anyone.answer(FWMGR, { body: "{}" }))).toContain(`AXIS_${serial}`);
  proven.add("wrong-serial");

  const later = desk();
  place(later, { kind: "wrong-serial", serial, from: "restart" });
  expect(await identify(later)).toContain("B8A44F000001");
  later.device.life.restart("restart");
  await later.pass(30);
  expect(await identify(later)).toContain(serial);
  fired(later, "wrong-serial");
});

test("a busy device answers 423 so often, then works", async () => {
  const the = desk();
  place(the, { kind: "busy", times: 2 });
  for (const code of [423, 423, undefined]) {
    const reply = (await the.root.json(FWMGR, { method: "status" })) as { error?: { code: number } };
    expect(reply.error?.code).toBe(code);
  }
  fired(the, "busy", 2);
});

test("a device tells a version that it does not run", async () => {
  const boaster = desk();
  place(boaster, { kind: "tells-new-version" });
  const sent = await sendImage(boaster);
  await boaster.pass(1);
  expect(await kindOf(sent.reply)).toBe("answer");
  expect(await version(boaster)).toBe("12.11.77");
  expect(boaster.device.state).toMatchObject({ boots: 0, firmware: { active: { version: "12.9.57" } } });
  fired(boaster, "tells-new-version");

  const denier = desk();
  place(denier, { kind: "tells-old-version" });
  await sendImage(denier);
  await denier.pass(WHOLE_UPGRADE_S);
  expect(await version(denier)).toBe("12.9.57");
  expect(await status(denier)).toMatchObject({ activeFirmwareVersion: "12.9.57" });
  expect(denier.device.state).toMatchObject({ boots: 1, firmware: { active: { version: "12.11.77" } } });
  fired(denier, "tells-old-version");
});

test("an answer is lost, or withheld, and the image is written all the same", async () => {
  for (const [kind, reply] of [
    ["answer-lost", "hang-up"],
    ["answer-withheld", "silence"],
  ] as const) {
    const the = desk();
    place(the, { kind });
    const sent = await sendImage(the);
    expect(await kindOf(sent.reply)).toBe(reply);
    await the.pass(WHOLE_UPGRADE_S);
    expect(await version(the)).toBe("12.11.77");
    fired(the, kind);
  }
});

test("500 although it flashes; success although it does not", async () => {
  const angry = desk();
  place(angry, { kind: "answers-500-but-flashes" });
  expect(await (await sendImage(angry)).reply).toMatchObject({ status: 500 });
  expect(angry.device.life.phase()).toBe("flashing");
  await angry.pass(WHOLE_UPGRADE_S);
  expect(await version(angry)).toBe("12.11.77");
  fired(angry, "answers-500-but-flashes");

  const polite = desk();
  place(polite, { kind: "answers-200-but-refuses" });
  const { reply } = await sendImage(polite);
  expect(JSON.parse(String(((await reply) as { body: string }).body))).toMatchObject({
    data: { firmwareVersion: "12.11.77" },
  });
  await polite.pass(WHOLE_UPGRADE_S);
  expect(await version(polite)).toBe("12.9.57");
  fired(polite, "answers-200-but-refuses");
});

test("a device never returns, or late", async () => {
  const lost = desk();
  place(lost, { kind: "never-returns" });
  void sendImage(lost);
  await lost.pass(7 * 86_400);
  expect(lost.device.listensOn("http")).toBe(false);
  fired(lost, "never-returns");

  const late = desk();
  place(late, { kind: "returns-late", afterSeconds: 2_400 });
  void sendImage(late);
  await late.pass(2_400);
  expect(late.device.listensOn("http")).toBe(false);
  await late.pass(60);
  expect(await version(late)).toBe("12.11.77");
  fired(late, "returns-late");
});

test("a device comes back without its settings, with a new certificate, or on the old image", async () => {
  const bare = desk();
  place(bare, { kind: "returns-defaulted" });
  void sendImage(bare);
  await bare.pass(WHOLE_UPGRADE_S);
  expect(await bare.root.answer(FWMGR, { body: "{}" })).toMatchObject({ status: 401 });
  expect(bare.device.state.settings.accounts).toEqual({});
  fired(bare, "returns-defaulted");

  const fresh = desk();
  place(fresh, { kind: "new-certificate" });
  void sendImage(fresh);
  await fresh.pass(WHOLE_UPGRADE_S);
  expect(fresh.device.state.certificate).toBe(1);
  fired(fresh, "new-certificate");

  const weak = desk();
  place(weak, { kind: "crashes-on-boot" });
  void sendImage(weak);
  await weak.pass(WHOLE_UPGRADE_S + 20);
  expect(await version(weak)).toBe("12.9.57");
  expect(weak.device.state.boots).toBe(2);
  fired(weak, "crashes-on-boot");
});

test("a device that never gets ready with the new image does again with the old one", async () => {
  const the = desk();
  place(the, { kind: "never-ready" });
  const said = async () =>
    (await the.root.json("/axis-cgi/systemready.cgi", { method: "systemready" }))["data"];
  expect(await said()).toMatchObject({ systemready: "yes" });
  void sendImage(the);
  await the.pass(WHOLE_UPGRADE_S);
  expect(await version(the)).toBe("12.11.77");
  expect(await said()).toMatchObject({ systemready: "no" });
  fired(the, "never-ready");
  the.device.life.restart("rollback");
  await the.pass(WHOLE_UPGRADE_S);
  expect(await said()).toMatchObject({ systemready: "yes" });
});

test("a device goes back long after it was committed", async () => {
  const the = desk();
  place(the, { kind: "rolls-back-later", afterSeconds: 3_600 });
  void sendImage(the, { autoCommit: "started" });
  await the.pass(WHOLE_UPGRADE_S + 60);
  expect(await status(the)).toMatchObject({ activeFirmwareVersion: "12.11.77", isCommited: true });
  await the.pass(3_600);
  expect(await version(the)).toBe("12.9.57");
  fired(the, "rolls-back-later");
});

test("faults stand side by side, are remembered, and can be taken away", async () => {
  const the = desk();
  place(the, { kind: "busy" }, { kind: "answer-lost" }, { kind: "returns-late", afterSeconds: 100 });
  expect(await the.root.json(FWMGR, { method: "status" })).toHaveProperty("error");
  expect(await kindOf((await sendImage(the)).reply)).toBe("hang-up");
  await the.pass(200);
  expect(JSON.parse(JSON.stringify(the.device.state.faults))).toMatchObject([
    { fired: 1 },
    { fired: 1 },
    { fired: 1 },
  ]);
  expect(flashedTwice(the.device.state.uploads)).toEqual([]);
  the.device.faults.clear();
  expect(the.device.state.faults).toEqual([]);
});

test("a fault that is not understood is refused", () => {
  expect(() => place(desk(), { kind: "explodes" } as never)).toThrow();
  expect(() => place(desk(), { kind: "stall" } as never)).toThrow();
});

test("every kind of fault has been seen to strike", async () => {
  const { FaultSpec } = await import("./spec.ts");
  const kinds = FaultSpec.options.map((option) => option.shape.kind.value);
  expect([...proven].sort()).toEqual([...kinds].sort());
});
