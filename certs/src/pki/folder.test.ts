import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { systemFiles, systemRandom, type Files } from "@fyr/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kindOf } from "./authority.ts";
import { ensurePki, loadCredentials, loadPki, saveCredentials } from "./folder.ts";
import { generateKey, keyPem } from "./keys.ts";

const now = Date.UTC(2026, 0, 1);
let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "fyr-pki-"))));
afterEach(() => rm(folder, { recursive: true }));

const ensure = (files: Files = systemFiles) => ensurePki(files, join(folder, "pki"), systemRandom, now);

test("authorities are made once and found again", async () => {
  expect(await loadPki(systemFiles, join(folder, "pki"))).toBeNull();
  const made = await ensure();
  const found = await ensure();
  expect(found.rootPem).toBe(made.rootPem);
  expect(found.agents.certificatePem).toBe(made.agents.certificatePem);
  expect(keyPem(found.agents.key)).toBe(keyPem(made.agents.key));
  expect(kindOf(new X509Certificate(found.agents.certificatePem))).toBe("agents");
  expect(kindOf(new X509Certificate(found.hubServer.certificatePem))).toBe("hub-server");
  expect(kindOf(new X509Certificate(found.rootPem))).toBeNull();
});

test("only the owner can read a key, and a hub lives without the root's", async () => {
  const made = await ensure();
  for (const name of ["root.pem", "agents-ca.pem", "hub-ca.pem"]) {
    expect((await stat(join(folder, "pki", name))).mode & 0o777, name).toBe(0o600);
  }
  await rm(join(folder, "pki", "root.pem"));
  expect((await ensure()).rootPem).toBe(made.rootPem);
  expect(await readFile(join(folder, "pki", "root.crt"), "utf8")).not.toContain("PRIVATE");
});

test("a set-up cut short after any file goes on and ends with one chain", async () => {
  for (let whole = 0; whole < 4; whole++) {
    folder = await mkdtemp(join(folder, "cut-"));
    await expect(ensure(cutAfter(whole))).rejects.toThrow("cut");
    const { rootPem, agents, hubServer } = await ensure();
    const root = new X509Certificate(rootPem);
    for (const { certificatePem } of [agents, hubServer]) {
      expect(new X509Certificate(certificatePem).verify(root.publicKey), `after ${whole} files`).toBe(true);
    }
  }
});

/** A disk whose power goes after so many files. */
function cutAfter(whole: number): Files {
  let left = whole;
  return {
    ...systemFiles,
    replace: (...args) => (left-- > 0 ? systemFiles.replace(...args) : Promise.reject(new Error("cut"))),
  };
}

test("a key that is not its certificate's is noticed, not used", async () => {
  const path = join(folder, "agent.pem");
  const { agents } = await ensure();
  await saveCredentials(systemFiles, path, {
    keyPem: keyPem(generateKey()),
    chainPem: agents.certificatePem,
  });
  await expect(loadCredentials(systemFiles, path)).rejects.toThrow("do not match");
  await writeFile(path, "nonsense");
  await expect(loadCredentials(systemFiles, path)).rejects.toThrow("do not match");
  expect(await loadCredentials(systemFiles, join(folder, "absent.pem"))).toBeNull();
});
