import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemFiles, systemRandom } from "@fyr/runtime";
import { fakeClock, type FakeClock } from "@fyr/runtime/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProgram } from "../src/cli/program.ts";
import { clearWords } from "../src/cli/wrong-use.ts";
import { updateMetadata } from "../src/images/index.ts";
import { msiFile, packedImage, rawImage } from "../src/testing/image-file.ts";
import { mustOpenssl, openssl } from "./openssl.ts";

let folder: string;
let clock: FakeClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-cli-"));
  clock = fakeClock(Date.now());
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

/** Runs one command; `@name` stands for a file of the test. @returns what it printed, or the words of its refusal */
async function certs(line: string): Promise<string> {
  const printed: string[] = [];
  const program = createProgram({
    clock,
    random: systemRandom,
    files: systemFiles,
    askSecret: async () => "secret",
    print: (text) => printed.push(text),
  });
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => printed.push(text), writeErr: () => undefined });
  }
  const words = line.split(" ").map((word) => word.replace(/^@/, `${folder}/`));
  try {
    await program.parseAsync(words, { from: "user" });
    return printed.join("\n");
  } catch (error) {
    const refused = clearWords(error) ?? (error as Error).message;
    return `REFUSED ${refused}`;
  }
}

const publicClient = async () => {
  const read = async (name: string) => systemFiles.read(at(`metadata/${name}`));
  const root = (await read("1.root.json")) ?? new Uint8Array();
  return updateMetadata({ root, timestamp: null, snapshot: null, targets: null }, read, clock.wall());
};

test("a ceremony makes a chain that openssl accepts, and makes no root twice", async () => {
  expect(await certs("root @off")).toContain("public key");
  expect(await certs("agents-ca @pki --root @off/root.pem")).toContain("clients (agents)");
  expect(await certs("hub-ca @pki --root @off/root.pem")).toContain("servers (the hub)");
  for (const name of ["agents-ca", "hub-ca"]) {
    const verdict = openssl(["verify", "-x509_strict", "-CAfile", at("off/root.crt"), at(`pki/${name}.crt`)]);
    expect(verdict, name).toMatchObject({ ok: true });
    expect((await stat(at(`pki/${name}.pem`))).mode & 0o777).toBe(0o600);
    expect(await readFile(at(`pki/${name}.crt`), "utf8")).not.toContain("PRIVATE");
  }
  expect(await certs("root @off")).toMatch(/REFUSED .*not overwritten/);
  expect(await certs("agents-ca @other --root @pki/none.pem")).toMatch(/REFUSED There is no key/);
  expect(await certs("show @pki/agents-ca.crt")).toMatch(/issuer .*Fyr root/);
});

test("a revocation list names what it is told", async () => {
  await certs("root @off");
  await certs("agents-ca @pki --root @off/root.pem");
  expect(
    await certs("crl @a.crl --authority @pki/agents-ca.pem --number 7 --revoked 1f2e@2026-01-01T10:00Z ab"),
  ).toContain("2 revoked");
  const { text } = openssl(["crl", "-in", at("a.crl"), "-noout", "-text"]);
  expect(text).toMatch(/Serial Number: 1F2E\s+Revocation Date: Jan {2}1 10:00:00 2026/);
  expect(await certs("crl @a.crl --authority @pki/agents-ca.pem --number x")).toMatch(
    /REFUSED x is no number/,
  );
  expect(await certs("crl @a.crl --authority @pki/agents-ca.pem --number 8 --revoked what")).toMatch(
    /REFUSED what/,
  );
});

test("one person publishes, withdraws and signs again", async () => {
  for (const name of ["root", "targets", "online"]) await certs(`images key @keys/${name}.pem`);
  await certs(
    "images init @metadata --root @keys/root.pem --targets @keys/targets.pem --online @keys/online.pem",
  );
  await writeFile(at("a.bin"), await packedImage("gzip", { version: "11.11.192" }));
  await writeFile(at("b.bin"), rawImage("9.80.3"));
  const add = "images add @metadata @a.bin --key @keys/targets.pem --store @store --step 9.80 10.12";
  expect(await certs(add)).toMatch(/11\.11\.192 for P3265-V[^]*targets 2 is published/);
  expect(await certs("images add @metadata @b.bin --key @keys/targets.pem")).toMatch(
    /REFUSED .*IMAGE_MODEL_UNNAMED/,
  );
  expect(
    await certs("images add @metadata @b.bin --key @keys/targets.pem --model V5915 --hardware-id 1EA.1"),
  ).toContain("targets 3");
  expect(await certs("images refresh @metadata --key @keys/online.pem")).toContain("timestamp 1");
  expect(await certs("images refresh @metadata --key @keys/online.pem")).toBe("Nothing is due.");
  const { images, fault } = await publicClient();
  expect(fault).toBeNull();
  const [first, second] = images?.all() ?? [];
  expect(first).toMatchObject({ version: "11.11.192", mandatorySteps: ["9.80", "10.12"] });
  expect(second).toMatchObject({ version: "9.80.3", models: ["V5915"], hardwareIds: ["1EA.1"] });
  expect(await readdir(at("store"))).toEqual([`${first?.digest}.bin`, `${first?.digest}.chunks`]);
  expect(await readFile(at(`store/${first?.digest}.bin`))).toEqual(await readFile(at("a.bin")));
  expect(await certs(`images withdraw @metadata ${first?.digest} --key @keys/targets.pem`)).toContain(
    "targets 4",
  );
  expect(await certs("images resign @metadata --key @keys/targets.pem")).toContain("targets 5");
  const shown = await certs("images show @metadata");
  expect(shown).toMatch(/withdrawn .*11\.11\.192/);
  expect(shown).toContain("One key alone can change what agents install.");
});

test("two of three have to agree, each on a machine of their own", async () => {
  for (const name of ["anna", "bert", "cara", "hub"]) await certs(`images key @${name}.pem`);
  const people = "@anna.pem @bert.pem.pub @cara.pem.pub";
  const start = `images init @metadata --root ${people} --root-threshold 2 --targets ${people} --targets-threshold 2 --online @hub.pem.pub`;
  expect(await certs(start)).toContain("waits for 1 more");
  expect(await certs("images show @metadata")).toMatch(/REFUSED/);
  expect(await certs("images sign @metadata root --key @anna.pem")).toContain("waits for 1 more");
  expect(await certs("images sign @metadata root --key @bert.pem")).toContain("root 1 is published");
  expect(await certs("images resign @metadata --key @cara.pem")).toContain("waits for 1 more");
  expect(await certs("images sign @metadata targets --key @hub.pem")).toMatch(
    /REFUSED .*PUBLISHER_KEY_MISSING/,
  );
  expect(await certs("images sign @metadata targets --key @bert.pem.pub")).toMatch(
    /REFUSED .*only a public key/,
  );
  expect(await certs("images sign @metadata targets --key @anna.pem")).toContain("targets 1 is published");
  expect(await certs("images sign @metadata targets --key @anna.pem")).toMatch(/REFUSED .*METADATA_MISSING/);
  await certs("images refresh @metadata --key @hub.pem");
  expect((await publicClient()).fault).toBeNull();
  expect(await certs("images show @metadata")).not.toContain("One key alone");
});

test("R-080: a Windows server's package is listed under the product and version that are said of it", async () => {
  for (const name of ["root", "targets", "online"]) await certs(`images key @${name}.pem`);
  await certs("images init @metadata --root @root.pem --targets @targets.pem --online @online.pem");
  await writeFile(at("setup.msi"), msiFile());
  const add = "images add @metadata @setup.msi --key @targets.pem --store @store";
  expect(await certs(add), "as a device's image").toMatch(/REFUSED .*IMAGE_FORMAT/);
  expect(await certs(`${add} --package-version 6.18.27687`)).toMatch(/REFUSED A package needs --product/);
  const said = await certs(`${add} --product acs-pro-server --package-version 6.18.27687`);
  expect(said).toContain("6.18.27687 for acs-pro-server");
  await certs("images refresh @metadata --key @online.pem");
  const { fault, images } = await publicClient();
  expect(fault).toBeNull();
  expect(images?.all()).toMatchObject([{ product: "acs-pro-server", models: ["acs-pro-server"] }]);
  const [digest = ""] = (await readdir(at("store"))).filter((name) => name.endsWith(".bin"));
  expect((await readFile(at(`store/${digest}`))).equals(msiFile())).toBe(true);
});

test("keys are replaced by enough of the old and of the new", async () => {
  for (const name of ["old", "new", "hub"]) await certs(`images key @${name}.pem`);
  await certs("images init @metadata --root @old.pem --targets @old.pem --online @hub.pem");
  expect(
    await certs("images rotate @metadata --root @new.pem.pub --targets @new.pem.pub --key @old.pem"),
  ).toContain("root 2 waits for 1 more");
  expect(await certs("images sign @metadata root --key @new.pem")).toContain("root 2 is published");
  expect(await certs("images refresh @metadata --key @hub.pem")).toMatch(/REFUSED .*METADATA_SIGNATURE/);
  expect(await certs("images resign @metadata --key @old.pem")).toMatch(/REFUSED .*PUBLISHER_KEY_MISSING/);
  expect(await certs("images resign @metadata --key @new.pem")).toContain("targets 2");
  await certs("images refresh @metadata --key @hub.pem");
  expect((await publicClient()).fault).toBeNull();
});

test("a list that runs out is shown so", async () => {
  for (const name of ["root", "targets", "online"]) await certs(`images key @${name}.pem`);
  await certs("images init @metadata --root @root.pem --targets @targets.pem --online @online.pem");
  await clock.advance(80 * 86_400_000);
  expect(await certs("images show @metadata")).toMatch(/targets .*version 1, good for (9|10) days/);
  await clock.advance(20 * 86_400_000);
  expect(await certs("images show @metadata")).toMatch(/targets .*EXPIRED on/);
});

test("a customer's file is taken over once, its password is never an argument", async () => {
  const subject = ["-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=hub", "-days", "10"];
  mustOpenssl(["req", ...subject, "-keyout", "hub.key", "-out", "hub.crt"], folder);
  mustOpenssl(
    [
      "pkcs12",
      "-export",
      "-inkey",
      "hub.key",
      "-in",
      "hub.crt",
      "-out",
      "hub.pfx",
      "-passout",
      "pass:secret",
    ],
    folder,
  );
  await writeFile(at("password"), "wrong\n");
  await clock.advance(60_000);
  expect(await certs("import @hub.pfx --out @console.pem --password-file @password")).toMatch(
    /REFUSED .*BUNDLE_PASSWORD/,
  );
  expect(await certs("import @hub.pfx --out @console.pem")).toContain("key and chain of 1");
  expect((await stat(at("console.pem"))).mode & 0o777).toBe(0o600);
  expect(await certs("import @hub.pfx --out @console.pem")).toMatch(/REFUSED .*not overwritten/);
  expect(await certs("import @none.pfx --out @other.pem")).toMatch(/REFUSED There is no file/);
});

test("wrong use is answered in words", async () => {
  expect(await certs("images show @nowhere")).toMatch(/REFUSED There is no repository/);
  expect(await certs("images init @metadata")).toMatch(/REFUSED A repository needs/);
  await writeFile(at("text"), "hello");
  expect(await certs("images resign @metadata --key @text")).toMatch(/REFUSED .*no Ed25519 key/);
  expect(await certs("show @text")).toMatch(/REFUSED .*no certificate/);
  expect(await certs("images sign @metadata timestamp --key @text")).toMatch(/REFUSED Only root and targets/);
  await certs("images key @k.pem");
  await certs("images init @metadata --root @k.pem --targets @k.pem --online @k.pem");
  expect(await certs("images add @metadata @none.bin --key @k.pem")).toMatch(/REFUSED There is no such file/);
  expect(await certs("images add @metadata @text --key @k.pem")).toMatch(/REFUSED .*IMAGE_/);
  expect(await certs("images init @metadata --root @k.pem --targets @k.pem --online @k.pem")).toMatch(
    /already/,
  );
});
