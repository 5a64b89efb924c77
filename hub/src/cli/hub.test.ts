import { createPublicKey } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  agentTlsOptions,
  challengeFor,
  channelBinding,
  codeId,
  createRequest,
  generateKey,
  initRepository,
  keyPem,
  loadPki,
  pinnedRoot,
  readEnrolmentCode,
  saveCredentials,
  spkiOf,
  untrustingTlsOptions,
} from "@fyr/certs";
import { packedImage, testPki, testSigningKey } from "@fyr/certs/testing";
import { AGENT_ROUTES, fromProblem, type Enrolment } from "@fyr/protocol";
import { systemFiles, systemRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browser, type Browser, type Credentials } from "../testing/browser.ts";
import { dial, exchange } from "../http/testing/raw.ts";
import { killAll, run, startedHub, type RunningHub } from "./testing/process.ts";

const JSON_TYPE = { "content-type": "application/json" };

let folder: string;
let token: string;
let running: RunningHub;
/** What must never be read in a log. */
const secrets: string[] = [];

let page: Browser;

/** What a person asks of the hub in a browser. */
async function api(method: "GET" | "POST", path: string, json?: unknown): Promise<unknown> {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const headers = { ...(await page.headers()), ...(json === undefined ? {} : JSON_TYPE) };
  const response = await fetch(`${running.ready.api}/api/v1${path}`, { method, headers, ...body });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw fromProblem(answer) ?? new Error(`${path} answered ${response.status}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-hub-"));
  const made = await run(["init", "--data", folder, "--json"]);
  token = (JSON.parse(made.stdout) as { token: string }).token;
  secrets.push(token);
  const person = ["--email", "ada@fyr.test", "--name", "Ada"];
  const account = await run(["admin", "account", "create", ...person, "--data", folder, "--json"]);
  const credentials = JSON.parse(account.stdout) as Credentials & { secret: string };
  secrets.push(credentials.password, credentials.secret, ...credentials.recoveryCodes);
  page = browser(() => running.ready.api, credentials);
  running = await startedHub(folder);
});
afterAll(async () => {
  killAll();
  await running.ended;
  await rm(folder, { recursive: true, force: true });
});

test("only the owner can read a key, and the token is kept as its hash alone", async () => {
  const keys = (await readdir(join(folder, "keys"))).filter((name) => name.endsWith(".pem"));
  expect(keys.length).toBeGreaterThan(6);
  for (const name of keys) expect((await stat(join(folder, "keys", name))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readFile(join(folder, "operator.json"), "utf8")).not.toContain(token);
});

test("init again keeps everything and shows no token", async () => {
  const other = await mkdtemp(join(tmpdir(), "fyr-init-"));
  const first = JSON.parse((await run(["init", "--data", other, "--json"])).stdout) as {
    token: string;
  };
  const keys = await readFile(join(other, "keys", "root.pem"), "utf8");
  const again = await run(["init", "--data", other]);
  expect(again.code).toBe(0);
  expect(again.stdout).not.toContain(first.token);
  expect(again.stdout).toContain("\u001b[31;1mOne key of one");
  expect(await readFile(join(other, "keys", "root.pem"), "utf8")).toBe(keys);
  await rm(other, { recursive: true });
});

interface Enrolled {
  readonly orgId: string;
  readonly agentId: string;
  readonly tls: ReturnType<typeof agentTlsOptions>;
}

async function enrol(name: string): Promise<Enrolled> {
  const org = (await api("POST", "/orgs", { name })) as { id: string };
  const slot = (await api("POST", `/orgs/${org.id}/agents`, { name })) as { code: string; enrolUrl: string };
  secrets.push(slot.code);
  const code = readEnrolmentCode(slot.code);
  const { hostname, port } = new URL(slot.enrolUrl);
  const target = { host: hostname, port: Number(port) };
  const looking = await dial({ ...untrustingTlsOptions(), ...target });
  const root = pinnedRoot(looking, code);
  looking.destroy();
  const socket = await dial({ ...agentTlsOptions(root, hostname), ...target });
  const key = generateKey();
  const request = await createRequest(key, challengeFor(code, spkiOf(key), channelBinding(socket)));
  const body = JSON.stringify({ wire: 1, codeId: codeId(code), request, hostName: name, agentVersion: "1" });
  const answer = await exchange(socket, {
    method: "POST",
    path: AGENT_ROUTES.enrol,
    headers: JSON_TYPE,
    body,
  });
  socket.destroy();
  expect(answer.status).toBe(200);
  const told = answer.json() as unknown as Enrolment;
  expect(told).toMatchObject({ syncUrl: running.ready.agents, mqttUrl: running.ready.mqtt, root });
  const credentials = { keyPem: keyPem(key), chainPem: told.chain };
  secrets.push(credentials.keyPem.split("\n")[1] ?? "");
  return {
    orgId: org.id,
    agentId: told.agentId,
    tls: { ...agentTlsOptions(root, hostname, credentials), ...target },
  };
}

const sync = (agentId: string) => ({
  method: "POST",
  path: AGENT_ROUTES.sync,
  headers: JSON_TYPE,
  body: JSON.stringify({
    wire: 1,
    agentId,
    bootId: "01890000-0000-7000-8000-0000000000b0",
    syncId: "01890000-0000-7000-8000-0000000000c0",
    agentTime: Date.now(),
    agentVersion: "1",
    capacity: { jobs: 1, cacheFreeBytes: 1 },
    jobs: [],
    events: [],
    commandAcks: [],
    inventoryHash: "0".repeat(64),
  }),
});

test("an agent enrols with its code, syncs, fetches an image in parts, and is out once revoked", async () => {
  const { orgId, agentId, tls } = await enrol("Acme");
  const socket = await dial(tls);
  expect([200, 204]).toContain((await exchange(socket, sync(agentId))).status);

  const file = join(folder, "image.bin");
  await writeFile(file, await packedImage("gzip", { content: systemRandom.bytes(400_000) }));
  const imported = await run(["images", "import", file, "--url", running.ready.api], { HUB_TOKEN: token });
  expect(imported.stderr).toBe("");
  const digest = /[0-9a-f]{64}/.exec(imported.stdout)?.[0] ?? "";
  const part = await exchange(socket, {
    path: `${AGENT_ROUTES.images}/${digest}`,
    headers: { range: "bytes=1000-1999" },
  });
  expect(part.status).toBe(206);
  expect(part.body.equals((await readFile(file)).subarray(1000, 2000))).toBe(true);

  const cut = new Promise((resolve) => socket.once("close", resolve));
  expect(await api("POST", `/orgs/${orgId}/agents/${agentId}/revoke`)).toMatchObject({ state: "revoked" });
  await cut;
  const later = await dial(tls);
  expect((await exchange(later, sync(agentId))).json().code).toBe("CERTIFICATE_REVOKED");
  later.destroy();
});

test("a second hub in the same folder is refused in one clear sentence", async () => {
  const second = await run(["start", "--data", folder]);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain("INSTANCE_RUNNING");
  expect(second.stderr).not.toContain(" at ");
});

test("doctor looks at a running hub without disturbing it", async () => {
  const looked = await run(["doctor", "--data", folder, "--json"]);
  const findings = JSON.parse(looked.stdout) as { level: string; what: string }[];
  expect(findings.filter(({ level }) => level === "bad")).toEqual([]);
  expect(findings.map(({ what }) => what)).toContain("the hub is running");
  expect(looked.code).toBe(0);
});

test("killed, it serves again within seconds and has forgotten nothing", async () => {
  const { agentId, tls } = await enrol("Globex");
  const before = await api("GET", "/orgs");
  running.process.kill("SIGKILL");
  await running.ended;
  const ports = { HUB_AGENTS_PORT: new URL(running.ready.agents).port };
  running = await startedHub(folder, ports);
  expect(running.startMs).toBeLessThan(10_000);
  expect(await api("GET", "/orgs")).toEqual(before);
  const socket = await dial(tls);
  expect([200, 204]).toContain((await exchange(socket, sync(agentId))).status);
  socket.destroy();
});

test("asked to stop, it closes what is open and ends well", async () => {
  const { agentId, tls } = await enrol("Initech");
  const socket = await dial(tls);
  await exchange(socket, sync(agentId));
  const began = performance.now();
  running.process.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  const said = running.said.stdout + running.said.stderr;
  for (const secret of secrets) expect(said).not.toContain(secret);
  expect(said).not.toContain("PRIVATE KEY");
});

test("a taken port is named, and doctor sees it before", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const port = String((other.address() as AddressInfo).port);
  const env = { HUB_API_PORT: port };
  const started = await run(["start", "--data", folder], env);
  expect(started.code).toBe(1);
  expect(started.stderr).toContain(`Port ${port} is taken`);
  const looked = await run(["doctor", "--data", folder], env);
  expect(looked.code).toBe(1);
  expect(looked.stdout).toContain(`port ${port} for API`);
  await new Promise((resolve) => other.close(resolve));
});

test("with a certificate the API speaks HTTPS and leaves loopback", async () => {
  const pki = await testPki(Date.now());
  const certificate = join(folder, "api.pem");
  await saveCredentials(systemFiles, certificate, await pki.server());
  const ca = join(folder, "ca.pem");
  await writeFile(ca, pki.rootPem);
  const secure = await startedHub(folder, {
    HUB_API_CERTIFICATE: certificate,
    HUB_API_HOST: "127.0.0.1",
    HUB_MQTT: "false",
  });
  expect(secure.ready.api).toMatch(/^https:/);
  expect(secure.ready.mqtt).toBeNull();
  const listed = await run(["images", "list", "--url", secure.ready.api, "--ca", ca], { HUB_TOKEN: token });
  expect(listed.stdout).toContain("12.11.77");
  const refused = await run(["images", "list", "--url", secure.ready.api, "--ca", ca], {
    HUB_TOKEN: "wrong",
  });
  expect(refused.stderr).toContain("UNAUTHENTICATED");
  secure.process.kill("SIGTERM");
  expect((await secure.ended).code).toBe(0);
});

test("a folder that holds no hub, or a wrong setting, is said and not started", async () => {
  const empty = await mkdtemp(join(tmpdir(), "fyr-empty-"));
  expect((await run(["start", "--data", empty])).stderr).toContain("HUB_NOT_INITIALISED");
  expect((await run(["start", "--data", empty], { HUB_API_PORT: "99999" })).stderr).toContain("apiPort");
  expect(await readdir(empty)).toEqual([]);
  expect(await loadPki(systemFiles, empty)).toBeNull();
  await rm(empty, { recursive: true });
});

test("publishers elsewhere are told the hub's key, and what they sign is taken once enough of them did", async () => {
  const place = await mkdtemp(join(tmpdir(), "fyr-elsewhere-"));
  const data = join(place, "hub");
  const init = ["init", "--data", data, "--publishers-elsewhere"];
  const made = JSON.parse((await run([...init, "--json"])).stdout) as {
    onlineKeyPem: string;
    ready: boolean;
  };
  expect(made.ready).toBe(false);
  expect(await readdir(join(data, "keys"))).not.toContain("images-root.pem");
  expect((await run(["start", "--data", data])).stderr).toContain("METADATA_MISSING");

  const signed = { files: systemFiles, folder: join(place, "signed") };
  const people = [1, 2, 3].map((n) => testSigningKey(`publisher ${n}`));
  const two = { keys: people.map(({ key }) => key), threshold: 2 };
  const hubs = { keys: [createPublicKey(made.onlineKeyPem)], threshold: 1 };
  const roles = { root: two, targets: two, snapshot: hubs, timestamp: hubs };
  await initRepository(signed, roles, people.slice(0, 2), Date.now());
  const adopted = await run([...init, "--metadata", signed.folder]);
  expect([adopted.code, adopted.stdout]).toEqual([0, expect.stringContaining("Start it with: hub start")]);
  expect(adopted.stdout).not.toContain("One key of one");
  const looked = await run(["doctor", "--data", data]);
  expect(looked.stdout).not.toContain("one key of one");
  await rm(place, { recursive: true });
});

test("a new token is shown, and the old one counts no more after a restart", async () => {
  const place = await mkdtemp(join(tmpdir(), "fyr-token-"));
  expect((await run(["token", "--data", place])).stderr).toContain("HUB_NOT_INITIALISED");
  const first = JSON.parse((await run(["init", "--data", place, "--json"])).stdout) as { token: string };
  const before = await readFile(join(place, "operator.json"), "utf8");
  const second = await run(["token", "--data", place]);
  expect(second.stdout).toMatch(/^fyr_[\w-]{43}$/);
  expect(second.stdout).not.toBe(first.token);
  expect(await readFile(join(place, "operator.json"), "utf8")).not.toBe(before);
  await rm(place, { recursive: true });
});
