import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemAgentKeys } from "@fyr/certs";
import { testPki, type TestPki } from "@fyr/certs/testing";
import { isFault } from "@fyr/protocol";
import { systemClock, systemFiles, type Files } from "@fyr/runtime";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { enrol, type EnrolPorts } from "./enrol.ts";
import { identityFiles, readLeaf } from "./identity.ts";
import { enrolHub, type EnrolHub } from "./testing/enrol-hub.ts";
import { openEnrolment } from "./wire/enrolment.ts";

let pki: TestPki;
let hub: EnrolHub;
let folder: string;

beforeAll(async () => void (pki = await testPki(Date.now())));
beforeEach(async () => {
  hub = await enrolHub(pki);
  folder = await mkdtemp(join(tmpdir(), "fyr-enrol-"));
});
afterEach(async () => {
  hub.close();
  await rm(folder, { recursive: true });
});

const ports = (files: Files = systemFiles): EnrolPorts => ({
  files,
  clock: systemClock,
  keys: systemAgentKeys,
  open: openEnrolment,
  readLeaf,
});

const wish = (more: { code?: string; url?: string } = {}) => ({
  folder,
  code: hub.code,
  url: hub.url,
  hostName: "gateway",
  agentVersion: "0.1.0",
  ...more,
});

const secretOf = (code: string) => code.replaceAll("-", "").slice(0, 20);

/** Stops the process, as it were, at its `n`-th change of the disk: before or after the change. */
function dyingFiles(n: number, moment: "before" | "after"): Files {
  let changes = 0;
  const die = () => {
    throw new Error("killed");
  };
  const at = async (act: () => Promise<void>) => {
    const mine = ++changes === n;
    if (mine && moment === "before") die();
    await act();
    if (mine) die();
  };
  return {
    ...systemFiles,
    replace: (...args) => at(() => systemFiles.replace(...args)),
    rename: (...args) => at(() => systemFiles.rename(...args)),
    remove: (...args) => at(() => systemFiles.remove(...args)),
  };
}

test("a code becomes an identity whose key only its owner reads; the code never travels", async () => {
  const identity = await enrol(ports(), wish());
  expect(identity).toMatchObject({ ...hub.name, syncUrl: hub.url, mqttUrl: null });
  expect(await identityFiles(systemFiles, folder).load("current")).toEqual(identity);
  expect(await readdir(folder)).toEqual(["identity.json"]);
  expect((await stat(join(folder, "identity.json"))).mode & 0o777).toBe(0o600);
  expect(identity.renewAt).toBeGreaterThan(Date.now() + 9 * 86_400_000);
  expect(identity.renewAt).toBeLessThan(Date.now() + 11 * 86_400_000);
  expect(hub.heard.join("").replaceAll("-", "")).not.toContain(secretOf(hub.code));
});

test("killed at any change of the disk, it is repeated with the same key", async () => {
  for (const moment of ["before", "after"] as const) {
    for (let n = 1; n <= 3; n++) {
      hub.close();
      hub = await enrolHub(pki);
      await rm(folder, { recursive: true, force: true });
      const killed = enrol(ports(dyingFiles(n, moment)), wish());
      await expect(killed).rejects.toThrow("killed");
      const again = await enrol(ports(), wish()).catch((error: unknown) => error);
      const done = isFault(again, "ENROL_DONE") && n === 3 && moment === "after";
      if (!done) expect(again).toMatchObject(hub.name);
      expect(hub.keys.size).toBe(1);
      expect(await identityFiles(systemFiles, folder).load("current")).toMatchObject(hub.name);
      expect(await readdir(folder)).toEqual(["identity.json"]);
    }
  }
});

test("an answer that was lost is asked for again", async () => {
  hub.loseAnswer();
  await expect(enrol(ports(), wish())).rejects.toSatisfy((error) => isFault(error, "HUB_UNREACHABLE"));
  expect(await enrol(ports(), wish())).toMatchObject(hub.name);
  expect(hub.keys.size).toBe(1);
});

test("a mistyped code is found out before anything is sent", async () => {
  const typo = hub.code.replace(/^./, (first) => (first === "0" ? "1" : "0"));
  await expect(enrol(ports(), wish({ code: typo }))).rejects.toSatisfy((e) =>
    isFault(e, "ENROL_CODE_INVALID"),
  );
  expect(hub.heard).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test("a code of another hub finds no trust in this one, and this one hears nothing", async () => {
  const other = await enrolHub(await testPki(Date.now()));
  await expect(enrol(ports(), wish({ code: other.code }))).rejects.toSatisfy((e) =>
    isFault(e, "HUB_UNTRUSTED"),
  );
  expect(hub.heard).toEqual([]);
  other.close();
});

test("an enrolled folder is not enrolled again", async () => {
  await enrol(ports(), wish());
  const before = await readFile(join(folder, "identity.json"), "utf8");
  await expect(enrol(ports(), wish())).rejects.toSatisfy((error) => isFault(error, "ENROL_DONE"));
  expect(await readFile(join(folder, "identity.json"), "utf8")).toBe(before);
  expect(await readdir(folder)).toEqual(["identity.json"]);
});

test("a certificate for another key, or another agent, is not taken", async () => {
  const forged: EnrolPorts = {
    ...ports(),
    readLeaf: (chain) => ({ ...readLeaf(chain), keyHash: "0".repeat(64) }),
  };
  await expect(enrol(forged, wish())).rejects.toThrow("another agent");
  expect(await identityFiles(systemFiles, folder).load("current")).toBeNull();
});
