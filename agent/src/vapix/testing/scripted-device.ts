import { createHash } from "node:crypto";
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { parseChallenges } from "../digest/challenge.ts";

/** What a scripted device is; everything may be changed while it runs. */
export interface DeviceScript {
  serial: string;
  version: string;
  inactiveVersion: string | null;
  committed: boolean | null;
  bootId: string;
  ready: boolean;
  needsSetup: boolean;
  password: string;
  /** Answers basic device info without a login. */
  anonymous: boolean;
  /** `modern` from AXIS OS 7.40, `legacy` before. */
  generation: "modern" | "legacy";
  auth: { http: "digest" | "basic" | "both"; https: "digest" | "basic" };
  /** The nonce of now; an older one is answered with `stale`. */
  nonce: string;
  qop: boolean;
  algorithm: "MD5" | "SHA-256" | null;
  /** Answers to an upload, instead of accepting it. */
  uploadAnswer: { status: number; body: string } | "hangUp" | null;
  /** Takes over any path: return true when the answer was given. */
  override: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
}

export interface ScriptedDevice {
  readonly script: DeviceScript;
  readonly ports: { readonly http: number | null; readonly https: number | null };
  /** Each request: `POST /axis-cgi/… digest`. */
  readonly heard: string[];
  /** Images that arrived whole: length and SHA-256 of the last part, and the JSON part. */
  readonly images: { bytes: number; sha256: string; json: string | null }[];
  /** Largest body that was begun. */
  bytesTaken: number;
  close(): Promise<void>;
}

/** A stand-in for a device, with the least that the client needs to be proved; the simulator is the real likeness. */
export async function scriptedDevice(
  script: Partial<DeviceScript> & { http?: boolean; tls?: { keyPem: string; chainPem: string } },
): Promise<ScriptedDevice> {
  const { http = true, tls, ...given } = script;
  const device: ScriptedDevice = {
    script: {
      serial: "ACCC8E012345",
      version: "12.9.57",
      inactiveVersion: null,
      committed: null,
      bootId: "11111111-1111-1111-1111-111111111111",
      ready: true,
      needsSetup: false,
      password: "correct horse",
      anonymous: true,
      generation: "modern",
      auth: { http: "digest", https: "basic" },
      nonce: "dcd98b7102dd2f0e",
      qop: true,
      algorithm: "MD5",
      uploadAnswer: null,
      override: null,
      ...given,
    },
    ports: { http: null, https: null },
    heard: [],
    images: [],
    bytesTaken: 0,
    close: async () => {
      for (const server of servers) await new Promise((done) => closeNow(server, done));
    },
  };
  const servers: Server[] = [];
  const listen = async (server: Server) => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const ports = {
    http: http ? await listen(createHttp((q, a) => void answer(device, "http", q, a))) : null,
    https: tls
      ? await listen(
          createHttps({ key: tls.keyPem, cert: tls.chainPem }, (q, a) => void answer(device, "https", q, a)),
        )
      : null,
  };
  return Object.assign(device, { ports });
}

function closeNow(server: Server, done: (value: unknown) => void): void {
  server.close(done);
  server.closeAllConnections();
}

/** One request, with everything that an answer to it needs. */
interface Turn {
  readonly device: ScriptedDevice;
  readonly scheme: "http" | "https";
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(
  device: ScriptedDevice,
  scheme: "http" | "https",
  request: IncomingMessage,
  response: ServerResponse,
) {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  const way = request.headers.authorization?.split(" ")[0]?.toLowerCase() ?? "-";
  device.heard.push(`${request.method} ${path} ${way}`);
  if (device.script.override?.(request, response)) return;
  const { generation } = device.script;
  const found = ROUTES[path];
  const known = found && (found.only === undefined || found.only === generation);
  await (known ? found.serve : notFound)({ device, scheme, request, response });
}

const ROUTES: Record<string, { only?: DeviceScript["generation"]; serve: (turn: Turn) => unknown }> = {
  "/axis-cgi/basicdeviceinfo.cgi": { only: "modern", serve: deviceInfo },
  "/axis-cgi/systemready.cgi": { only: "modern", serve: readiness },
  "/axis-cgi/firmwaremanagement.cgi": {
    only: "modern",
    serve: (turn) => behindLogin(turn, firmwareManagement),
  },
  "/axis-cgi/firmwareupgrade.cgi": { only: "legacy", serve: (turn) => behindLogin(turn, takeImage) },
  "/axis-cgi/param.cgi": {
    serve: (turn) => behindLogin(turn, ({ response }) => response.end(parameters(turn.device.script))),
  },
  "/axis-cgi/restart.cgi": {
    serve: (turn) => behindLogin(turn, ({ response }) => response.end("<html>restartMessage</html>")),
  },
};

async function notFound({ request, response }: Turn) {
  await readAll(request);
  response.writeHead(404, { "content-type": "text/html" }).end("<H1>404 Not Found</H1>");
}

const behindLogin = (turn: Turn, serve: (turn: Turn) => unknown): unknown =>
  allowed(turn.device, turn.request) ? serve(turn) : deny(turn);

async function deviceInfo(turn: Turn) {
  const { script } = turn.device;
  const open = (await readAll(turn.request)).includes("getAllUnrestrictedProperties");
  if (open ? !script.anonymous : !allowed(turn.device, turn.request)) return deny(turn);
  send(turn.response, { apiVersion: "1.3", data: { propertyList: properties(script) } });
}

async function readiness({ device, request, response }: Turn) {
  await readAll(request);
  const { bootId: bootid, ready, needsSetup } = device.script;
  const data = {
    systemready: ready ? "yes" : "no",
    needsetup: needsSetup ? "yes" : "no",
    uptime: "77",
    bootid,
  };
  send(response, { apiVersion: "1.4", method: "systemready", data });
}

async function firmwareManagement(turn: Turn) {
  if (/multipart/.test(turn.request.headers["content-type"] ?? "")) return takeImage(turn);
  const { method } = JSON.parse(await readAll(turn.request)) as { method: string };
  send(turn.response, firmware(turn.device.script, method));
}

const properties = ({ serial, version }: DeviceScript) => ({
  ProdNbr: "P3265-V",
  HardwareID: "931.11",
  ProdFullName: "AXIS P3265-V Dome Camera",
  Version: version,
  SerialNumber: serial,
});

const parameters = ({ serial, version }: DeviceScript) =>
  [
    "root.Brand.ProdNbr=P3265-V",
    "root.Brand.ProdFullName=AXIS P3265-V Dome Camera",
    `root.Properties.Firmware.Version=${version}`,
    "root.Properties.System.HardwareID=931.11",
    `root.Properties.System.SerialNumber=${serial}`,
    "",
  ].join("\n");

function firmware(script: DeviceScript, method: string): object {
  if (method === "status") {
    return {
      apiVersion: "1.8",
      method,
      data: {
        activeFirmwareVersion: script.version,
        activeFirmwarePart: "1",
        ...(script.inactiveVersion !== null && { inactiveFirmwareVersion: script.inactiveVersion }),
        ...(script.committed !== null && { isCommited: script.committed }),
      },
    };
  }
  if (method === "rollback" && script.inactiveVersion === null) {
    return { apiVersion: "1.8", method, error: { code: 404, message: "No old firmware exists." } };
  }
  if (method === "commit") script.committed = true;
  return { apiVersion: "1.8", method, data: {} };
}

async function takeImage({ device, request, response }: Turn) {
  const boundary = /boundary=(\S+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "";
  const hash = createHash("sha256");
  let head = Buffer.alloc(0);
  let bytes = 0;
  let inImage = false;
  let held = Buffer.alloc(0);
  const tail = `\r\n--${boundary}--\r\n`.length;
  device.bytesTaken = 0;
  const pass = (part: Buffer) => {
    const all = held.length > 0 ? Buffer.concat([held, part]) : part;
    const keep = Math.max(0, all.length - tail);
    hash.update(all.subarray(0, keep));
    bytes += keep;
    held = Buffer.from(all.subarray(keep));
  };
  for await (const part of request as AsyncIterable<Buffer>) {
    device.bytesTaken += part.length;
    if (inImage) {
      pass(part);
      continue;
    }
    head = Buffer.concat([head, part]);
    const marker = "application/octet-stream\r\n\r\n";
    const at = head.indexOf(marker);
    if (at < 0) continue;
    inImage = true;
    pass(head.subarray(at + marker.length));
    head = head.subarray(0, at);
  }
  const json = /\r\n\r\n(\{.*\})\r\n/.exec(head.toString())?.[1] ?? null;
  device.images.push({ bytes, sha256: hash.digest("hex"), json });
  const { uploadAnswer, generation } = device.script;
  if (uploadAnswer === "hangUp") return void request.socket.destroy();
  if (uploadAnswer) return void response.writeHead(uploadAnswer.status).end(uploadAnswer.body);
  if (generation === "legacy") return void response.end("<html>Upgrade started</html>");
  send(response, { apiVersion: "1.8", method: "upgrade", data: { firmwareVersion: "12.11.77" } });
}

function deny({ device, scheme, request, response }: Turn): void {
  const { serial, auth, nonce, qop, algorithm, needsSetup } = device.script;
  const old = /nonce="([^"]*)"/.exec(request.headers.authorization ?? "")?.[1];
  if (needsSetup) response.setHeader("axis-setup", "vapix");
  const digest = [
    `Digest realm="AXIS_${serial}"`,
    `nonce="${nonce}"`,
    ...(old !== undefined && old !== nonce ? ["stale=true"] : []),
    ...(algorithm ? [`algorithm=${algorithm}`] : []),
    ...(qop ? [`qop="auth"`] : []),
  ].join(", ");
  const basic = `Basic realm="AXIS_${serial}"`;
  const offered = auth[scheme];
  response.setHeader(
    "www-authenticate",
    offered === "both" ? [basic, digest] : offered === "basic" ? basic : digest,
  );
  response.writeHead(401).end("no");
}

/** Judges a login by its own reckoning of RFC 7616, so that client and stand-in do not share a mistake. */
function allowed({ script }: ScriptedDevice, request: IncomingMessage): boolean {
  const header = request.headers.authorization;
  if (header === undefined) return false;
  if (header.startsWith("Basic ")) {
    return Buffer.from(header.slice(6), "base64").toString() === `root:${script.password}`;
  }
  const given = parseChallenges([header])[0]?.parameters ?? new Map<string, string>();
  const h = (text: string) =>
    createHash(script.algorithm === "SHA-256" ? "sha256" : "md5")
      .update(text)
      .digest("hex");
  const a1 = h(`root:AXIS_${script.serial}:${script.password}`);
  const a2 = h(`${request.method}:${given.get("uri")}`);
  const middle = script.qop ? `${script.nonce}:${given.get("nc")}:${given.get("cnonce")}:auth` : script.nonce;
  return given.get("uri") === request.url && given.get("response") === h(`${a1}:${middle}:${a2}`);
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

const send = (response: ServerResponse, body: object): void => {
  response.setHeader("content-type", "application/json");
  response.end(`${JSON.stringify(body, null, 2)}\n`);
};
