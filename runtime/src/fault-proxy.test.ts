import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sleep, systemClock } from "./clock.ts";
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";

let server: Server;
let proxy: FaultProxy;
let arrived: Buffer[];

/** Echoes, ends when the client does, and keeps what arrived. */
beforeEach(async () => {
  arrived = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", (bytes) => arrived.push(bytes)).on("error", () => {});
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await faultProxy({ port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function answerTo(socket: Socket, text: string): Promise<string> {
  let answer = "";
  socket.on("data", (bytes: Buffer) => (answer += bytes.toString()));
  socket.end(text);
  await once(socket, "end");
  return answer;
}

const endOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let cause = "closed";
    socket.once("error", (error: NodeJS.ErrnoException) => (cause = error.code ?? "error"));
    socket.once("close", () => resolve(cause));
  });

const arrivedBytes = () => Buffer.concat(arrived).length;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(systemClock, 5);
}

test("a healthy line carries everything, both ways, and its end", async () => {
  const text = "AXIS".repeat(250_000);
  expect(await answerTo(await client(), text)).toBe(text);
  expect(proxy.passedBytes).toEqual({ up: text.length, down: text.length });
  expect(proxy.connectionsMade()).toBe(1);
});

test("latency is paid once each way, not once a chunk", async () => {
  proxy.set({ latencyMs: 60 });
  const started = systemClock.mono();
  await answerTo(await client(), "x".repeat(1_000_000));
  const tookMs = systemClock.mono() - started;
  expect(tookMs).toBeGreaterThanOrEqual(119);
  expect(tookMs).toBeLessThan(1_500);
});

test("a narrow line takes the time that its bytes need", async () => {
  proxy.set({ bytesPerSecond: 400_000 });
  const started = systemClock.mono();
  const socket = await client();
  socket.write(Buffer.alloc(100_000));
  await until(() => arrivedBytes() === 100_000);
  expect(systemClock.mono() - started).toBeGreaterThanOrEqual(225);
  socket.destroy();
});

test("a line is cut after exactly so many bytes", async () => {
  proxy.set({ cutAfterBytes: { up: 70_001 } });
  const socket = await client();
  const ended = endOf(socket);
  socket.write(Buffer.alloc(200_000));
  expect(await ended).toMatch(/ECONNRESET|EPIPE/);
  expect(proxy.passedBytes.up).toBe(70_001);
  await until(() => arrivedBytes() === 70_001);
});

test("an answer can be lost after the whole question went through", async () => {
  proxy.set({ cutAfterBytes: { down: 0 } });
  const socket = await client();
  const ended = endOf(socket);
  socket.write("commit");
  socket.resume();
  expect(await ended).toBe("closed");
  expect(socket.bytesRead).toBe(0);
  expect(Buffer.concat(arrived).toString()).toBe("commit");
});

test("a silent line holds bytes back and gives them out when it heals", async () => {
  const socket = await client();
  proxy.set({ silent: true });
  socket.write("late");
  await sleep(systemClock, 50);
  expect(arrivedBytes()).toBe(0);
  expect(socket.destroyed).toBe(false);
  proxy.heal();
  await until(() => arrivedBytes() === 4);
  socket.destroy();
});

test("a line that is silent one way still carries the other", async () => {
  const socket = await client();
  proxy.set({ silent: "down" });
  socket.write("heard");
  await until(() => arrivedBytes() === 5);
  await sleep(systemClock, 50);
  expect(proxy.passedBytes).toEqual({ up: 5, down: 0 });
  proxy.set({ silent: "up" });
  await until(() => proxy.passedBytes.down === 5);
  socket.write("unheard");
  await sleep(systemClock, 50);
  expect(arrivedBytes()).toBe(5);
  socket.destroy();
});

test("a line that is cut resets what is open and takes new connections", async () => {
  const socket = await client();
  const ended = endOf(socket);
  await until(() => proxy.connectionsOpen() === 1);
  proxy.cut();
  expect(await ended).toBe("ECONNRESET");
  expect(await answerTo(await client(), "again")).toBe("again");
});

test("a refused connection is refused until it is accepted again", async () => {
  proxy.refuse();
  expect(await endOf(connect(proxy.port, "127.0.0.1"))).toBe("ECONNREFUSED");
  await proxy.accept();
  expect(await answerTo(await client(), "back")).toBe("back");
});

test("a dead server looks like one", async () => {
  server.close();
  const socket = connect(proxy.port, "127.0.0.1");
  expect(await endOf(socket)).toBe("ECONNRESET");
});

test("when the server closes, the client hears it", async () => {
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => socket.on("error", () => {}).end("bye"));
  const socket = await client();
  let said = "";
  socket.on("data", (bytes: Buffer) => (said += bytes.toString()));
  await once(socket, "end");
  expect(said).toBe("bye");
  socket.destroy();
});

test("closing leaves no connection and no listener", async () => {
  const socket = await client();
  const ended = endOf(socket);
  await until(() => proxy.connectionsOpen() === 1);
  await proxy.close();
  await ended;
  expect(await endOf(connect(proxy.port, "127.0.0.1"))).toBe("ECONNREFUSED");
});
