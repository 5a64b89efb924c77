import { memoryFiles } from "@fyr/certs/testing";
import { fakeClock } from "@fyr/runtime/testing";
import { Fault } from "@fyr/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { authenticode, type RunProgram } from "../server/index.ts";
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
import { windowsProbe } from "./windows-probe.ts";

const crlf = (...lines: string[]): string => ["", ...lines, ""].join("\r\n");

const UNINSTALL_KEY =
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{6B29FC40-CA47}";
const GUID = crlf(
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography",
  "    MachineGuid    REG_SZ    2f1d7a7e-6d0e-4c2a-9b5e-0a1b2c3d4e5f",
);
const FOUND = crlf(
  UNINSTALL_KEY,
  "    DisplayName    REG_SZ    AXIS Camera Station Pro",
  "",
  "End of search: 1 match(es) found.",
);
const VERSION = crlf(UNINSTALL_KEY, "    DisplayVersion    REG_SZ    6.17.26511");
const WINDOWS = crlf(
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
  "    ProductName    REG_SZ    Windows Server 2022 Standard",
  "    CurrentMajorVersionNumber    REG_DWORD    0xa",
  "    CurrentMinorVersionNumber    REG_DWORD    0x0",
  "    CurrentBuildNumber    REG_SZ    20348",
);
const service = (label: string, state: string) =>
  crlf(
    "SERVICE_NAME: AcsServer ",
    "        TYPE               : 10  WIN32_OWN_PROCESS  ",
    `        ${label}              : ${state} `,
    "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)",
    "        WIN32_EXIT_CODE    : 0  (0x0)",
    "        SERVICE_EXIT_CODE  : 0  (0x0)",
    "        CHECKPOINT         : 0x0",
    "        WAIT_HINT          : 0x0",
  );
const NAME = crlf("[SC] GetServiceDisplayName SUCCESS", "Name = AXIS Camera Station Pro");
const crash = (name: string) =>
  `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID Qualifiers='49152'>7031</EventID></System><EventData><Data Name='param1'>${name}</Data><Data Name='param2'>1</Data></EventData></Event>`;
const DISKS =
  '[{"DeviceID":"C:","Size":255000000000,"FreeSpace":99000000000},{"DeviceID":"D:","Size":8000000000000,"FreeSpace":1}]';

describe("what the programs of Windows print", () => {
  test("values and keys of the registry", () => {
    expect(registryValue(GUID, "MachineGuid")).toBe("2f1d7a7e-6d0e-4c2a-9b5e-0a1b2c3d4e5f");
    expect(registryValue(WINDOWS, "CurrentMajorVersionNumber")).toBe(10);
    expect(registryValue(WINDOWS, "ProductName")).toBe("Windows Server 2022 Standard");
    expect(registryValue(WINDOWS, "Name")).toBeNull();
    expect(registryValue(null, "x")).toBeNull();
    expect(registryKey(FOUND)).toBe(UNINSTALL_KEY);
    expect(registryKey(crlf("End of search: 0 match(es) found."))).toBeNull();
  });

  test("states of a service, whatever language its label is in", () => {
    expect(serviceState(service("STATE", "4  RUNNING"))).toBe("running");
    expect(serviceState(service("ÉTAT ", "4  RUNNING"))).toBe("running");
    expect(serviceState(service("STATUS", "1  STOPPED"))).toBe("stopped");
    expect(serviceState(service("STATE", "2  START_PENDING"))).toBe("starting");
    expect(serviceState(service("STATE", "7  PAUSED"))).toBe("stopped");
    expect(serviceState("[SC] EnumQueryServicesStatus:OpenService FAILED 1060:")).toBeNull();
    expect(displayName(NAME)).toBe("AXIS Camera Station Pro");
  });

  test("times, crashes and disks", () => {
    expect(fileTimeMs("133801632000000000\r\n")).toBe(Date.UTC(2025, 0, 1));
    expect(fileTimeMs("yesterday")).toBeNull();
    expect(crashQuery(Date.UTC(2025, 0, 1))).toContain("@SystemTime>='2025-01-01T00:00:00.000Z'");
    const xml =
      crash("AXIS Camera Station Pro") + crash("Print &amp; Scan") + crash("AXIS Camera Station Pro");
    expect(crashesOf(xml, "AXIS Camera Station Pro")).toBe(2);
    expect(crashesOf(xml, "Print & Scan")).toBe(1);
    expect(disks(DISKS)).toHaveLength(2);
    expect(disks('\uFEFF{"DeviceID":"C:","Size":2,"FreeSpace":1}\r\n')).toEqual([
      { name: "C:", totalBytes: 2, freeBytes: 1 },
    ]);
    for (const other of ["", "null", "[]x", '{"DeviceID":"C:","Size":null,"FreeSpace":1}'])
      expect(disks(other)).toBeNull();
  });

  test("anything else is nothing, and never an error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (out) => {
        for (const read of [registryKey, serviceState, displayName, disks, fileTimeMs]) read(out);
        expect(registryValue(out, "DisplayVersion")).toSatisfy(
          (found) => found === null || out.includes("REG_"),
        );
      }),
    );
  });
});

/** A host that answers by what a program is asked. */
function host(answers: Readonly<Record<string, string>> = {}, name: string | null = "AcsServer") {
  const all: Readonly<Record<string, string>> = {
    MachineGuid: GUID,
    "AXIS Camera Station Pro": FOUND,
    DisplayVersion: VERSION,
    "Windows NT": WINDOWS,
    "query AcsServer": service("STATE", "4  RUNNING"),
    GetDisplayName: NAME,
    LastBootUpTime: "133801632000000000\r\n",
    wevtutil: crash("AXIS Camera Station Pro"),
    Win32_LogicalDisk: DISKS,
    ...answers,
  };
  const run: RunProgram = async (program, args) => {
    const asked = [program, ...args].join(" ");
    const key = Object.keys(all).findLast((each) => asked.includes(each));
    const out = key === undefined ? undefined : all[key];
    if (out === "missing") throw new Fault("INSTALLER_MISSING", { program });
    return out === undefined || out === "" ? { exit: 1, out: "" } : { exit: 0, out };
  };
  const load = { cpuPercent: () => 12, memory: () => ({ totalBytes: 2, freeBytes: 1 }) };
  return windowsProbe(
    { data: "C:\\ProgramData\\Axis", backups: "C:\\backups", service: name },
    { clock: fakeClock(), files: memoryFiles(), run, load, hostName: "REC-01" },
  );
}

const signal = new AbortController().signal;

describe("a Windows host", () => {
  test("tells what is documented, and unknown for the rest", async () => {
    expect(await host().facts(signal)).toMatchObject({
      ...{ product: "acs-pro-server", machineId: "2f1d7a7e-6d0e-4c2a-9b5e-0a1b2c3d4e5f", name: "REC-01" },
      ...{ version: "6.17.26511", os: { family: "windows", version: "10.0.20348" } },
      ...{ edition: "unknown", licensing: "unknown", counts: "unknown", devices: "unknown" },
    });
    expect(await host().health(signal)).toMatchObject({
      ...{ cpuPercent: 12, rebootPending: false },
      services: [{ name: "AcsServer", state: "running", restarts: 1 }],
      volumes: [{ name: "C:", use: "data", totalBytes: 255_000_000_000, freeBytes: 99_000_000_000 }],
      ...{ retention: "unknown", recordingGaps: "unknown", lastBackupAt: "unknown", exporting: "unknown" },
    });
    expect(await host().alive(signal)).toEqual({ version: "6.17.26511", up: true, says: "unknown" });
    expect(await host().bootId()).toBe("133801632000000000");
    expect(await host().devices(signal)).toBe("unknown");
  });

  test("without the product has no server; with a product that says no version has one of unknown version", async () => {
    expect(await host({ "AXIS Camera Station Pro": "" }).facts(signal)).toBeNull();
    expect(await host({ DisplayVersion: "" }).facts(signal)).toMatchObject({ version: "unknown" });
    await expect(host({ MachineGuid: "" }).facts(signal)).rejects.toThrow("SERVER_UNREADABLE");
  });

  test("of which nobody named the service answers unknown, so that nothing is installed on it", async () => {
    const unnamed = host({}, null);
    expect(await unnamed.alive(signal)).toMatchObject({ up: "unknown" });
    expect(await unnamed.health(signal)).toMatchObject({ services: "unknown" });
  });

  test.each([
    "query AcsServer",
    "GetDisplayName",
    "LastBootUpTime",
    "wevtutil",
    "Win32_LogicalDisk",
    "Windows NT",
  ])("without an answer to %s says unknown and goes on", async (asked) => {
    for (const answer of ["", "missing", "\u0000 nonsense"]) {
      const probe = host({ [asked]: answer });
      expect((await probe.health(signal)).cpuPercent).toBe(12);
      expect(await probe.alive(signal)).toMatchObject({ version: "6.17.26511" });
      expect(await probe.facts(signal)).toMatchObject({ version: "6.17.26511" });
    }
  });
});

describe("B3-E1: who signed an installer, by Get-AuthenticodeSignature", () => {
  const says = async (out: string, exit = 0) => {
    const asked: { args: readonly string[]; env: unknown }[] = [];
    const check = authenticode(async (_program, args, options) => {
      asked.push({ args, env: options?.env });
      return { exit, out };
    }, "powershell.exe");
    const path = `C:\\runs\\a'; calc.exe; '.msi`;
    const found = await check.publisherOf(path);
    expect(asked[0]?.args.join(" "), "no shell reads the path").not.toContain("calc.exe");
    expect(asked[0]?.env).toEqual({ FYR_PACKAGE: path });
    return found;
  };

  test.each<[string, string, boolean, string | null]>([
    [
      "a valid one",
      '{"publisher":"Axis Communications AB","status":"Valid"}\r\n',
      true,
      "Axis Communications AB",
    ],
    [
      "a valid one after a mark",
      '\uFEFF{"status":"Valid","publisher":"Axis Communications AB"}',
      true,
      "Axis Communications AB",
    ],
    ["none", '{"publisher":null,"status":"NotSigned"}', false, null],
    [
      "one whose file was changed",
      '{"publisher":"Axis Communications AB","status":"HashMismatch"}',
      false,
      "Axis Communications AB",
    ],
    [
      "one of an unknown root",
      '{"publisher":"Axis Communications AB","status":"UnknownError"}',
      false,
      "Axis Communications AB",
    ],
    [
      "a word that only looks valid",
      '{"publisher":"Axis Communications AB","status":"valid"}',
      false,
      "Axis Communications AB",
    ],
    ["a list", '[{"publisher":"Axis Communications AB","status":"Valid"}]', false, null],
    ["a number", '{"publisher":"Axis Communications AB","status":0}', false, null],
    ["noise before", 'WARNING: x\r\n{"publisher":"Axis Communications AB","status":"Valid"}', false, null],
    ["nothing", "", false, null],
  ])("%s", async (_, out, valid, publisher) => {
    expect(await says(out)).toMatchObject({ valid, publisher });
  });

  test("a PowerShell that failed proves nothing, whatever it printed", async () => {
    expect(await says('{"publisher":"Axis Communications AB","status":"Valid"}', 1)).toMatchObject({
      valid: false,
    });
  });
});
