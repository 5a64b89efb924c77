import { join } from "node:path";
import { Digest, HELPER_MOMENTS, parse, ServerUid, type HelperMoment } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import { z } from "zod";
import type { HelperJournal, InstallEnd, InstallPlan } from "../server/index.ts";

const REFUSALS = [
  "INSTALLER_BUSY",
  "INSTALLER_DENIED",
  "INSTALLER_PACKAGE",
  "INSTALLER_STOPPED",
  "INSTALLER_FAILED",
  "INSTALLER_MISSING",
  "INSTALLER_CUT",
  "PACKAGE_PUBLISHER",
  "PACKAGE_INVALID",
  "SERVER_DISK_FULL",
  "SERVER_RESTORE_FAILED",
  "SERVER_RESTORE_BY_HAND",
] as const;

const Plan = z.strictObject({
  runKey: z.string().regex(/^[0-9a-f]{32}$/),
  act: z.enum(["install", "restore"]),
  uid: ServerUid,
  digest: Digest,
  from: z.string(),
  to: z.string(),
  bootId: z.string(),
  backup: z.string().nullable(),
  backupSha256: z.string().nullable().default(null),
}) satisfies z.ZodType<InstallPlan>;

const End = z.strictObject({
  kind: z.enum(["installed", "refused"]),
  reboot: z.boolean(),
  exit: z.int().nullable(),
  code: z.enum(REFUSALS).nullable(),
  reason: z.string(),
}) satisfies z.ZodType<InstallEnd>;

/** The installer that a helper started: until it is gone, nobody concludes anything. */
const Pid = z.strictObject({ pid: z.int().positive(), bootId: z.string() });

const Moment = z.enum(HELPER_MOMENTS);
const Flag = z.literal(true);

/** The folder of one run: what a helper was told, how far it came, how it ended, and the package. */
export interface RunFolder extends HelperJournal {
  readonly path: string;
  readonly packagePath: string;
  readonly helperLog: string;
  readonly installerLog: string;
  plan(): Promise<InstallPlan | null>;
  keepPlan(plan: InstallPlan): Promise<void>;
  installer(): Promise<z.infer<typeof Pid> | null>;
  keepInstaller(pid: number, bootId: string): Promise<void>;
  isAbandoned(): Promise<boolean>;
  abandon(): Promise<void>;
  isConcluded(): Promise<boolean>;
  conclude(): Promise<void>;
}

/** Every file is replaced in one step that survives a power cut; a moment is a file of its own, so none is lost. */
export function runFolder(files: Files, path: string): RunFolder {
  const at = (name: string) => join(path, name);
  async function read<S extends z.ZodType>(name: string, schema: S): Promise<z.infer<S> | null> {
    const bytes = await files.read(at(name));
    return bytes && parse(schema, Buffer.from(bytes).toString("utf8"));
  }
  const keep = (name: string, value: unknown) => files.replace(at(name), Buffer.from(JSON.stringify(value)));
  const momentFile = (moment: HelperMoment) => `moment-${HELPER_MOMENTS.indexOf(moment)}.json`;

  return {
    path,
    packagePath: at("package.msi"),
    helperLog: at("helper.log"),
    installerLog: at("install.log"),
    plan: () => read("plan.json", Plan),
    keepPlan: (plan) => keep("plan.json", plan),
    async moments() {
      const names = (await files.list(path)).filter((name) => /^moment-\d\.json$/.test(name));
      const moments = await Promise.all(names.map((name) => read(name, Moment)));
      return moments.filter((moment) => moment !== null);
    },
    note: (moment) => keep(momentFile(moment), moment),
    end: () => read("result.json", End),
    keepEnd: (end) => keep("result.json", end),
    installer: () => read("installer.json", Pid),
    keepInstaller: (pid, bootId) => keep("installer.json", { pid, bootId }),
    isAbandoned: async () => (await read("abandoned.json", Flag)) !== null,
    abandon: () => keep("abandoned.json", true),
    isConcluded: async () => (await read("concluded.json", Flag)) !== null,
    conclude: () => keep("concluded.json", true),
  };
}
