import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { optionsLine, type WorldOptions } from "../options.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const PATIENCE_MS = 240_000;

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "fyr-world-test-"))));
afterAll(() => rm(folder, { recursive: true }));

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `npm run world` without npm, with its temporary folder in ours. */
const world = (...args: string[]): Promise<Said> =>
  new Promise((resolve) => {
    const node = ["--conditions=source", "--import", "tsx", MAIN, "--workers", "2", ...args];
    execFile(process.execPath, node, { env: { ...process.env, TMPDIR: folder } }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

/** Judges of ours, in plain JavaScript. */
async function judges(name: string, ...bodies: string[]): Promise<string[]> {
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, `export const judges = [${bodies.map((body) => `(world) => (${body})`).join()}];`);
  return ["--judges", file];
}

const LARGE: WorldOptions = {
  ...{ seed: 3, organisations: 2, agents: 2, devices: 4, stormMinutes: 10, generations: ["11.11", "12"] },
  ...{ largeImages: false, brisk: true, faults: { bellLost: 0.5, messageSlow: 0.1, hubKilled: 1 } },
};

/** Accuses every upgrade: of a large world it takes one device. */
const ARTIFICIAL = `{
  name: "X13",
  deviceChanged({ site }, serial) {
    if (site.truth(serial).uploads.some(({ verdict }) => verdict === "accepted"))
      world.stage.accuse("X13", "somebody was upgraded");
  },
}`;

test(
  "a failure says what broke and where, shrinks, and comes back by the line that is printed",
  async () => {
    const mine = await judges("artificial", ARTIFICIAL);
    const { code, err, out } = await world("--options", optionsLine(LARGE), "--shrink", ...mine);
    expect(code).toBe(1);
    expect(err).toContain(
      "Seed 3 breaks X13 (tasks move along the drawn edges only):\n  somebody was upgraded\n  at step ",
    );
    expect(err).toContain(`options: ${optionsLine(LARGE)}\n`);
    expect(out).toContain("1 of 1 worlds went wrong.");
    const [, percent] = /Shrunk from [\d,]+ to [\d,]+ steps \((\d+) %\)/.exec(err) ?? [];
    expect(Number(percent)).toBeLessThanOrEqual(25);
    const smaller = /again: +npm run world -- --options '([^']+)'\nWhen its cause/.exec(err)?.[1] ?? "";
    expect(JSON.parse(smaller)).toMatchObject({ organisations: 1, agents: 1, devices: 1, faults: {} });
    const again = await world("--options", smaller, ...mine);
    expect(again.code).toBe(1);
    expect(again.err).toContain("breaks X13");
    expect(again.err).not.toContain("Shrunk");
  },
  PATIENCE_MS,
);

test(
  "what the world reaches for outside is its accusation, and so is the end of its process",
  async () => {
    const small = optionsLine({ ...LARGE, organisations: 1, agents: 1, devices: 1, stormMinutes: 1 });
    const reaching = await judges("reaching", "{ name: 'X15', agentStarted: () => void Date.now() }");
    const reached = await world("--options", small, ...reaching);
    expect(reached.err).toContain("X15");
    expect(reached.err).toMatch(/the world reached for Date\.now, from .*reaching\.mjs/);
    const dying = await judges("dying", "{ name: 'X0', agentStarted: () => process.exit(7) }");
    const died = await world("--options", small, ...dying);
    expect(died.err).toContain("the process of the world ended: 7");
    expect([reached.code, died.code]).toEqual([1, 1]);
  },
  PATIENCE_MS,
);

test(
  "a calm run ends well, with the figures of what happened in it",
  async () => {
    const { code, out, err } = await world("--seeds", "2", "--from", "5");
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining("breaks") as string });
    expect(out).toMatch(/│ task succeeded +│ +\d+ │ +[12] │/);
    expect(out).toMatch(/^2 seeds, \d+ jobs, \d+ uploads, 0 flashed twice, 0 lost, 0 false successes/m);
    expect(out).toMatch(/Nothing went wrong\.\n$/);
  },
  PATIENCE_MS,
);

test("what does not fit is refused in a sentence", async () => {
  const { code, err } = await world("--options", '{"seed":1,"faults":{"meteor":1}}');
  expect(code).toBe(1);
  expect(err).toMatch(/^error: option '--options <json>' argument .* is invalid\. .*meteor/s);
  expect((await world("--seeds", "many")).err).toContain("not a whole number");
}, 60_000);
