import { Fault } from "@fyr/protocol";
import type { InstallPlan } from "../ports.ts";
import { endOfExit } from "./exit-codes.ts";
import type { Installer } from "./helper.ts";
import { signatureSaid } from "./signature.ts";

/** Runs a program with its arguments as they are: no shell reads them. */
export interface RunProgram {
  /** @returns null when it was ended by a signal. @throws Fault `INSTALLER_MISSING` when there is no such program */
  (
    program: string,
    args: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly onStart?: (pid: number) => void },
  ): Promise<{ readonly exit: number | null; readonly out: string }>;
}

/** Who signed a file, as the system judges it. */
export interface PublisherCheck {
  publisherOf(path: string): Promise<{
    /** The signature is whole and its chain is trusted by the system, also after its certificate ran out. */
    readonly valid: boolean;
    /** The common name of who signed; null without a signature. */
    readonly publisher: string | null;
    readonly status: string;
  }>;
}

export interface MsiPorts {
  readonly run: RunProgram;
  readonly publishers: PublisherCheck;
  /** The only one whose installers are run. */
  readonly publisher: string;
  readonly msiexec: string;
  readonly logPath: (packagePath: string) => string;
  readonly onStart: (pid: number, plan: InstallPlan) => void;
}

/** Nobody is there to look at what the installer would open. Documented for the client's package (vapix.md 7). */
const PROPERTIES = ["LAUNCHCLIENT=0", "INSTALLDESKTOPSHORTCUT=0"] as const;

/** The arguments of an installation without a screen, each one as it is (vapix.md 7, "Silent"). */
export const msiArguments = (packagePath: string, logPath: string): readonly string[] => [
  "/i",
  packagePath,
  "/qn",
  "/norestart",
  "/l*v",
  logPath,
  ...PROPERTIES,
];

/** A Windows Installer package. It may leave a server half done, so nothing but people begins it again. */
export function msiInstaller(ports: MsiPorts): Installer {
  const { run, publishers, publisher, msiexec, logPath, onStart } = ports;

  async function check(packagePath: string): Promise<void> {
    const found = await publishers.publisherOf(packagePath);
    if (found.valid && found.publisher === publisher) return;
    throw new Fault("PACKAGE_PUBLISHER", { found: found.publisher ?? "nobody", status: found.status });
  }

  return {
    kind: "msi",
    whole: false,
    check,
    async install(packagePath, plan) {
      await check(packagePath); // again, right before: the file may be another one by now
      const args = msiArguments(packagePath, logPath(packagePath));
      const { exit } = await run(msiexec, args, { onStart: (pid) => onStart(pid, plan) });
      return endOfExit(exit);
    },
    /** How ACS Pro's own tool restores a database is documented for people alone (vapix.md 7). */
    restore: ({ backup }) =>
      Promise.reject(new Fault("SERVER_RESTORE_BY_HAND", { backup: backup ?? "none" })),
  };
}

/** What `Get-AuthenticodeSignature` says; the path travels in the environment, so that no shell ever reads it. */
const SCRIPT = [
  "$ErrorActionPreference = 'Stop'",
  "$s = Get-AuthenticodeSignature -LiteralPath $env:FYR_PACKAGE",
  "$c = $s.SignerCertificate",
  "$n = if ($c) { $c.GetNameInfo('SimpleName', $false) } else { $null }",
  "@{ status = [string]$s.Status; publisher = $n } | ConvertTo-Json -Compress",
].join("; ");

/** Asks Windows itself. An expired certificate counts when the signature bears a time from before. */
export const authenticode = (run: RunProgram, powershell: string): PublisherCheck => ({
  async publisherOf(path) {
    const args = ["-NoProfile", "-NonInteractive", "-Command", SCRIPT];
    const { exit, out } = await run(powershell, args, { env: { FYR_PACKAGE: path } });
    const said = exit === 0 ? signatureSaid(out) : null;
    const status = said?.status ?? `powershell ended with ${exit}`;
    return { valid: status === "Valid", publisher: said?.publisher ?? null, status };
  },
});
