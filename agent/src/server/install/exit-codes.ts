import type { InstallEnd, RefusalCode } from "../ports.ts";

interface ExitFacts {
  readonly means: string;
  readonly code: RefusalCode | null;
  /** `itself`: the host boots without being asked; `asked`: somebody has to boot it. */
  readonly reboot?: "itself" | "asked";
}

/**
 * What msiexec says by its exit code, as Windows Installer documents it (MsiExec.exe and InstMsi.exe error messages).
 * 0, 1641 and 3010 are success; a code that is not here is a failure of which nothing is known.
 */
export const EXIT_CODES: Readonly<Record<number, ExitFacts>> = {
  0: { means: "the installation is done", code: null },
  1641: { means: "the installation is done and has begun to restart the host", code: null, reboot: "itself" },
  3010: { means: "the installation is done once the host was restarted", code: null, reboot: "asked" },
  13: { means: "the data is invalid", code: "INSTALLER_PACKAGE" },
  87: { means: "a parameter is wrong", code: "INSTALLER_PACKAGE" },
  1259: { means: "the package may not run on this version of Windows", code: "INSTALLER_PACKAGE" },
  1601: { means: "the Windows Installer service could not be reached", code: "INSTALLER_MISSING" },
  1602: { means: "somebody at the host cancelled the installation", code: "INSTALLER_STOPPED" },
  1603: { means: "a fatal error came up during the installation", code: "INSTALLER_FAILED" },
  1604: { means: "the installation is suspended and incomplete", code: "INSTALLER_FAILED" },
  1605: { means: "the product to be changed is not installed", code: "INSTALLER_PACKAGE" },
  1612: { means: "the source of the installed product is not at hand", code: "INSTALLER_FAILED" },
  1613: { means: "the installer of this host is too old for the package", code: "INSTALLER_PACKAGE" },
  1618: { means: "another installation is running", code: "INSTALLER_BUSY" },
  1619: { means: "the package could not be opened", code: "INSTALLER_PACKAGE" },
  1620: { means: "the file is not a Windows Installer package", code: "INSTALLER_PACKAGE" },
  1622: { means: "the log file could not be opened", code: "SERVER_DISK_FULL" },
  1623: { means: "the package has no language for this host", code: "INSTALLER_PACKAGE" },
  1624: { means: "a transform could not be applied", code: "INSTALLER_PACKAGE" },
  1625: { means: "the system's policy forbids this installation", code: "INSTALLER_DENIED" },
  1632: { means: "the temporary folder is full or not accessible", code: "SERVER_DISK_FULL" },
  1633: { means: "the package is for another kind of processor", code: "INSTALLER_PACKAGE" },
  1638: {
    means: "another version of the product is installed that must be removed first",
    code: "INSTALLER_PACKAGE",
  },
  1639: { means: "the command line is wrong", code: "INSTALLER_PACKAGE" },
  1640: { means: "installing from a remote session is not allowed", code: "INSTALLER_DENIED" },
  1643: { means: "the system's policy forbids this patch", code: "INSTALLER_DENIED" },
  1644: { means: "a customization is not allowed by policy", code: "INSTALLER_DENIED" },
  1645: { means: "installing over a remote connection is not allowed", code: "INSTALLER_DENIED" },
  1925: { means: "the account has too few rights to install for all users", code: "INSTALLER_DENIED" },
};

/** How an installation ended, and whether the helper has to boot the host. */
export interface Ended {
  readonly end: InstallEnd;
  readonly bootHost: boolean;
}

/** @param exit null when the installer was ended by a signal or could not be started */
export function endOfExit(exit: number | null): Ended {
  const facts = exit === null ? undefined : EXIT_CODES[exit];
  const means =
    facts?.means ?? (exit === null ? "the installer was ended from outside" : "an unknown exit code");
  const code = facts ? facts.code : "INSTALLER_FAILED";
  const end: InstallEnd = {
    kind: code === null ? "installed" : "refused",
    reboot: facts?.reboot !== undefined,
    exit,
    code,
    reason: means,
  };
  return { end, bootHost: facts?.reboot === "asked" };
}

export const refusedEnd = (code: RefusalCode, reason: string): Ended => ({
  end: { kind: "refused", reboot: false, exit: null, code, reason: reason.slice(0, 300) },
  bootHost: false,
});
