import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { seededRandom, systemClock } from "@fyr/runtime";
import { afterEach, expect, test } from "vitest";
import { modelOf } from "../device/catalogue.ts";
import { createDevice, type Device } from "../device/device.ts";
import { certifier, memoryCertificates } from "./certificates.ts";
import { listen, type Listener } from "./listener.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

function devices(...addresses: string[]): Map<string, Device> {
  const made = addresses.map((address, index) => {
    const identity = { serial: `B8A44F00000${index}`, model: modelOf("931.11"), address };
    const ports = { clock: systemClock, random: seededRandom(address), speed: 1000 };
    const device = createDevice({ identity, version: "12.9.57" }, ports);
    open.push({ close: () => device.life.stop() });
    return [address, device] as const;
  });
  return new Map(made);
}

async function serve(known: Map<string, Device>, tls = false): Promise<Listener> {
  const certify = certifier("test", systemClock, memoryCertificates());
  const listener = await listen({
    port: 0,
    deviceAt: (address) => known.get(address),
    ...(tls && { certify }),
  });
  open.push(listener);
  return listener;
}

/** What becomes of a connection on which a request is sent at once. */
async function dial(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  open.push({ close: () => socket.destroy() });
  socket.on("connect", () => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.on("data", () => resolve(text.split("\r\n", 1)[0] ?? ""));
    socket.on("close", () => resolve("closed"));
  });
}

test("one listener serves each device at its own address and resets everybody else", async () => {
  const { port } = await serve(devices("127.40.0.1", "127.40.0.2"));
  expect(await dial("127.40.0.1", port)).toBe("HTTP/1.1 200 OK");
  expect(await dial("127.40.0.2", port)).toBe("HTTP/1.1 200 OK");
  expect(await dial("127.40.0.3", port)).toMatch(/ECONNRESET|ECONNREFUSED/);
});

test("whoever dials an address of the machine that is no loopback is reset, even if a device claimed it", async () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  const { port } = await serve(devices("127.40.0.1", outside ?? "192.0.2.1"));
  if (outside !== undefined) expect(await dial(outside, port)).toMatch(/ECONNRESET|ECONNREFUSED/);
  expect(await dial("127.40.0.1", port)).toBe("HTTP/1.1 200 OK");
});

test("losing power breaks open connections, and nobody gets in until it is back", async () => {
  const known = devices("127.40.0.1");
  const { port } = await serve(known);
  const socket: Socket = connect({ host: "127.40.0.1", port });
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "data");
  const broken = once(socket, "error");
  const device = known.get("127.40.0.1");
  device?.life.cutPower();
  expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
  expect(await dial("127.40.0.1", port)).toMatch(/ECONNRESET|ECONNREFUSED/);
  device?.life.restorePower();
  while (device?.life.phase() !== "booting") await device?.life.nextPhase();
  expect(await dial("127.40.0.1", port)).toBe("HTTP/1.1 200 OK");
});

async function certificateAt(
  host: string,
  port: number,
): Promise<{ fingerprint: string; key: string; name: string }> {
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return {
    fingerprint: certificate?.fingerprint256 ?? "",
    key: certificate?.publicKey.export({ type: "spki", format: "der" }).toString("hex") ?? "",
    name: certificate?.subject ?? "",
  };
}

test("each device shows its own certificate, the same one each time, and a new one after a factory default", async () => {
  const known = devices("127.40.0.1", "127.40.0.2");
  const { port } = await serve(known, true);
  const [one, two] = [await certificateAt("127.40.0.1", port), await certificateAt("127.40.0.2", port)];
  expect([one.name, two.name]).toEqual(["CN=axis-b8a44f000000", "CN=axis-b8a44f000001"]);
  expect(one.key).not.toBe(two.key);
  expect(await certificateAt("127.40.0.1", port)).toEqual(one);
  known.get("127.40.0.1")?.life.resetSettings("hard");
  expect((await certificateAt("127.40.0.1", port)).key).not.toBe(one.key);
});

test("a client that talks nonsense, or nothing, to a TLS listener hurts nobody", async () => {
  const { port } = await serve(devices("127.40.0.1"), true);
  expect(await dial("127.40.0.1", port)).not.toContain("200 OK");
  const silent = connect({ host: "127.40.0.1", port });
  await once(silent, "connect");
  silent.destroy();
  expect((await certificateAt("127.40.0.1", port)).name).toBe("CN=axis-b8a44f000000");
});
