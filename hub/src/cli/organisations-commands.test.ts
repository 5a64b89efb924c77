import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_SETTINGS, OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAt } from "../testing/databases.ts";
import { run } from "./testing/process.ts";

const ORG = OrgId.parse("01890000-0000-7000-8000-00000000000a");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-organisations-"));
  await run(["init", "--data", folder]);
  // Made before accounts existed: nobody owns it.
  const store = await openAt(`sqlite:${join(folder, "hub.db")}`);
  const plain = { notes: "top secret", createdAt: 0, archivedAt: null, archivedBy: null, version: 1 };
  await store.write(({ organisations }) =>
    organisations.insert({ id: ORG, name: "Acme", settings: DEFAULT_SETTINGS, ...plain }),
  );
  await store.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hub = (...args: string[]) => run(["admin", ...args, "--data", folder]);
const archived = async (at: number | null) => {
  const store = await openAt(`sqlite:${join(folder, "hub.db")}`);
  await store.write(async ({ organisations }) => {
    const found = await organisations.lock(ORG);
    if (found) await organisations.save({ ...found, archivedAt: at, archivedBy: "account:x" });
  });
  await store.close();
};

test("the list has names and counts, and nothing that is inside", async () => {
  const { stdout } = await hub("organisation", "list");
  expect(stdout).toContain(`${ORG}\tAcme\t0 devices, 0 agents, 0 members, 0 owners`);
  expect(stdout).not.toContain("secret");
  expect((await hub("organisation", "list", "--json")).stdout).not.toContain("secret");
});

test("an organisation without an owner is adopted once, for a reason", async () => {
  await hub("account", "create", "--email", "ada@example.com", "--name", "Ada");
  const adopt = () =>
    hub("organisation", "adopt", "--id", ORG, "--email", "ada@example.com", "--reason", "old hub");
  expect((await adopt()).stdout).toContain("ada@example.com owns the organisation.");
  expect((await adopt()).stderr).toContain("ORG_OWNED");
  expect((await hub("organisation", "list")).stdout).toContain("1 members, 1 owners");
});

test("C-04 R-172: an archived organisation is restored with its id and a reason, and its owner is told", async () => {
  const restore = (id: string, reason: string) =>
    hub("organisation", "restore", "--id", id, "--reason", reason);
  expect((await restore(ORG, "case 4711")).stderr).toContain("ORG_NOT_ARCHIVED");
  await archived(1_000);
  expect((await hub("organisation", "list")).stdout).toContain("archived 1970-01-01");
  expect((await restore(ORG, " ")).code).toBe(1);
  expect((await restore("01890000-0000-7000-8000-00000000000b", "case 4711")).stderr).toContain("NOT_FOUND");
  expect((await restore(ORG, "case 4711")).stdout).toContain("Acme is open again");
  const store = await openAt(`sqlite:${join(folder, "hub.db")}`);
  const entries = await store.read.organisations.find(ORG);
  expect(entries).toMatchObject({ archivedAt: null, archivedBy: null });
  const mails = await store.read.mails.page({}, { limit: 10 });
  expect(mails).toMatchObject([{ kind: "organisation_restored", to: "ada@example.com" }]);
  await store.close();
});
