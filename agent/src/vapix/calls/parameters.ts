import { Fault } from "@fyr/protocol";
import type { Caller } from "../caller.ts";
import type { WireAnswer } from "../exchange.ts";
import { labelFrom, serialFrom, versionFrom } from "./facts.ts";
import type { DeviceInfo } from "./device-info.ts";

export const LIST_PATH = "/axis-cgi/param.cgi?action=list";

/** Names without `root.`, which old devices leave out and new ones write (vapix.md 2.4). */
export type Parameters = ReadonlyMap<string, string>;

const LONGEST_LIST = 20_000;

/** Reads `name=value` lines; values may hold `=`, failures are comment lines inside a 200. */
export function parseParameters(text: string): Parameters {
  const found = new Map<string, string>();
  for (const line of text.split(/\r?\n/, LONGEST_LIST)) {
    const [, name, value] = /^(?:root\.)?([\w.-]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found.set(name, value);
  }
  return found;
}

const textOf = ({ body }: WireAnswer): string => Buffer.from(body).toString("utf8");

/** @throws Fault DEVICE_ANSWER when the answer is no list */
export async function listParameters(caller: Caller, groups: readonly string[]): Promise<Parameters> {
  const group = groups.map((each) => `root.${each}`).join(",");
  const answer = await caller.call({ method: "GET", path: `${LIST_PATH}&group=${group}` });
  if (answer.status !== 200) throw new Fault("DEVICE_ANSWER", { status: answer.status });
  return parseParameters(textOf(answer));
}

const IDENTITY_GROUPS = ["Brand", "Properties.Firmware", "Properties.System"];

/** Identity of devices that have no basic device info. Old ones answer nothing to several groups at once. */
export async function readIdentityParameters(caller: Caller): Promise<DeviceInfo> {
  const together = infoFrom(await listParameters(caller, IDENTITY_GROUPS));
  if (together.serial !== null && together.version !== undefined) return together;
  const lists = [];
  for (const group of IDENTITY_GROUPS) lists.push(await listParameters(caller, [group]));
  return infoFrom(new Map(lists.flatMap((list) => [...list])));
}

export const infoFrom = (parameters: Parameters): DeviceInfo => ({
  serial: serialFrom(parameters.get("Properties.System.SerialNumber")),
  version: versionFrom(parameters.get("Properties.Firmware.Version")),
  model: labelFrom(parameters.get("Brand.ProdNbr")),
  name: labelFrom(parameters.get("Brand.ProdFullName")),
  hardwareId: labelFrom(parameters.get("Properties.System.HardwareID"), 40),
});
