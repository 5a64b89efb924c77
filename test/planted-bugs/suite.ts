import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What became of one test. */
export interface Verdict {
  /** From the root of the sources. */
  readonly file: string;
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly failure: string;
  readonly ms: number;
}

const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
          duration: z.number().nullish(),
        }),
      ),
    }),
  ),
});

/** The tests of a copy are no part of the run that asked for them, and no PostgreSQL is started for each. */
export const cleanEnv = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_OPTIONS|FYR_LONG)/.test(name)),
  ),
  FYR_TEST_POSTGRES: "none",
});

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Runs Node in a copy; what it wrote, and how it ended. */
export async function inCopy(
  folder: string,
  args: readonly string[],
): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: cleanEnv(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, said };
}

/**
 * Runs tests of a copy.
 *
 * @param names only these tests; all of the files when left out
 * @throws Error when the run came to no verdict, or a file could not even be loaded
 */
export async function runTests(
  folder: string,
  files: readonly string[],
  names: readonly string[] = [],
): Promise<Verdict[]> {
  const report = join(folder, "report.json");
  const only = names.length > 0 ? ["-t", `^(${names.map(quoted).join("|")})$`] : [];
  const { said } = await inCopy(folder, [
    join("node_modules", "vitest", "vitest.mjs"),
    ...[
      "run",
      ...files,
      ...only,
      "--maxWorkers=1",
      "--pool=threads",
      "--reporter=json",
      `--outputFile=${report}`,
    ],
  ]);
  const text = await readFile(report, "utf8").catch(() => {
    throw new Error(`no verdict on ${files.join(" ")}:\n${said.slice(-2_000)}`);
  });
  const { testResults } = Report.parse(JSON.parse(text));
  return testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0)
      throw new Error(`${name} could not be run:\n${message}\n${said.slice(-2_000)}`);
    return assertionResults.map(({ ancestorTitles, title, status, failureMessages, duration }) => ({
      file: name.slice(folder.length + 1).replaceAll("\\", "/"),
      name: [...ancestorTitles, title].join(" > "),
      status: status === "passed" || status === "failed" ? status : ("skipped" as const),
      failure: (failureMessages ?? []).join("\n"),
      ms: Math.round(duration ?? 0),
    }));
  });
}
