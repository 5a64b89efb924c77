import { AxisVersion, Fault, MachineId, type ServiceState } from "@fyr/protocol";
import type { Maybe, RunProgram } from "../server/index.ts";
import {
  crashesOf,
  crashQuery,
  disks,
  displayName,
  fileTimeMs,
  registryKey,
  registryValue,
  serviceState,
} from "./windows-output.ts";

const CRYPTOGRAPHY = "HKLM\\SOFTWARE\\Microsoft\\Cryptography";
const UNINSTALL = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
const REBOOT_KEYS = [
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending",
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired",
];

const WINDOWS = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const BOOTED_AT = "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToFileTimeUtc()";
const DISKS =
  "Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3' | Select-Object DeviceID,Size,FreeSpace | ConvertTo-Json -Compress";

/** What a Windows host is asked, with its own programs. Each may throw; whoever asks says unknown then. */
export function windowsReads(run: RunProgram) {
  /** The text of a registry query; null when there is no such key or value. */
  async function registry(...args: string[]): Promise<string | null> {
    const { exit, out } = await run("reg.exe", ["query", ...args]);
    return exit === 0 ? out : null;
  }

  const said = async (program: string, ...args: string[]): Promise<string | null> => {
    const { exit, out } = await run(program, args);
    return exit === 0 ? out : null;
  };
  const powershell = (script: string) =>
    said("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script);

  async function machineId(): Promise<MachineId> {
    const id = MachineId.safeParse(
      registryValue(await registry(CRYPTOGRAPHY, "/v", "MachineGuid"), "MachineGuid"),
    );
    if (!id.success) throw new Fault("SERVER_UNREADABLE", { missing: "MachineGuid" });
    return id.data;
  }

  /** Of the entry under which Windows lists the product among its programs. */
  async function installed(): Promise<Maybe<AxisVersion> | null> {
    const key = registryKey(await registry(UNINSTALL, "/s", "/f", "AXIS Camera Station Pro", "/d"));
    if (key === null) return null;
    const version = AxisVersion.safeParse(
      registryValue(await registry(key, "/v", "DisplayVersion"), "DisplayVersion"),
    );
    return version.success ? version.data : "unknown";
  }

  async function osVersion(): Promise<string> {
    const out = await registry(WINDOWS);
    const [major, minor, build] = [
      "CurrentMajorVersionNumber",
      "CurrentMinorVersionNumber",
      "CurrentBuildNumber",
    ].map((name) => registryValue(out, name));
    return major === null || minor === null || build === null ? "unknown" : `${major}.${minor}.${build}`;
  }

  async function stateOf(name: string): Promise<ServiceState["state"]> {
    return serviceState((await said("sc.exe", "query", name)) ?? "") ?? "unknown";
  }

  const bootedAt = async (): Promise<string | null> => {
    const out = (await powershell(BOOTED_AT))?.trim() ?? "";
    return fileTimeMs(out) === null ? null : out;
  };

  /** Times that it ended unexpectedly and was started again since the host booted, by the event log. */
  async function restartsOf(name: string): Promise<Maybe<number>> {
    const since = fileTimeMs((await bootedAt()) ?? "");
    const title = displayName((await said("sc.exe", "GetDisplayName", name)) ?? "");
    if (since === null || title === null) return "unknown";
    const xml = await said("wevtutil.exe", "qe", "System", `/q:${crashQuery(since)}`, "/f:xml", "/c:1000");
    return xml === null ? "unknown" : crashesOf(xml, title);
  }

  async function rebootPending(): Promise<boolean> {
    for (const key of REBOOT_KEYS) if ((await registry(key)) !== null) return true;
    return false;
  }

  return {
    ...{ machineId, installed, osVersion, stateOf, bootedAt, restartsOf, rebootPending },
    disks: async () => disks((await powershell(DISKS)) ?? ""),
  };
}
