import { answer, readSmall, type Answer } from "../exchange.ts";
import type { Call, Endpoint } from "../inside.ts";
import { isReadOnly, parameters } from "../parameters.ts";
import { compareVersions } from "@fyr/protocol";

const rooted = (name: string): string => (/^root(\.|$)/i.test(name) ? name : `root.${name}`);

const matcher = (name: string, end: string): RegExp => {
  const escaped = rooted(name)
    .replaceAll(/[.+^${}()|[\]\\?]/g, "\\$&")
    .replaceAll("*", "[^.]*");
  return new RegExp(`^${escaped}${end}`, "i");
};

/**
 * The lines of one asked name. A parameter echoes the name as it was asked, a group answers with full names, and
 * letters match in either case (vapix.md 2.4).
 */
function lines(all: Readonly<Record<string, string>>, asked: string): string[] {
  const [whole, group] = [matcher(asked, "$"), matcher(asked, "\\.")];
  const exact = Object.entries(all).filter(([name]) => whole.test(name));
  if (exact.length > 0) return exact.map(([name, value]) => `${asked.includes("*") ? name : asked}=${value}`);
  const below = Object.entries(all).filter(([name]) => group.test(name));
  if (below.length > 0) return below.map(([name, value]) => `${name}=${value}`);
  return [`# Error: Error -1 getting param in group '${asked}'`];
}

function list({ device, query }: Call): string {
  const all = parameters(device);
  const asked = (query.get("group") ?? "root").split(",").filter((name) => name !== "");
  return asked
    .flatMap((name) => lines(all, name))
    .map((line) => `${line}\n`)
    .join("");
}

const NOT_PARAMETERS = new Set(["action", "group", "responseformat", "usergroup", "pwdgrp"]);

function update(call: Call): Answer {
  const { device, request } = call;
  const all = parameters(device);
  const wanted = [...call.query].filter(([name]) => !NOT_PARAMETERS.has(name));
  const locked = wanted.some(([name]) => isReadOnly(rooted(name)));
  // from 12 on a batch that touches what is read-only is refused as a whole, with 401 (vapix.md 2.4)
  if (locked && compareVersions(device.generation().name, "12") >= 0) return device.door.challenge(request);
  const names = new Map(Object.keys(all).map((name) => [name.toLowerCase(), name]));
  const unknown = wanted.find(([name]) => isReadOnly(rooted(name)) || !names.has(rooted(name).toLowerCase()));
  if (unknown) return text(`# Error: Error setting '${unknown[0]}' to '${unknown[1]}'!\n`);
  const set = wanted.map(([name, value]) => [names.get(rooted(name).toLowerCase()) ?? name, value] as const);
  const { settings } = device.state;
  device.state.settings = { ...settings, parameters: { ...settings.parameters, ...Object.fromEntries(set) } };
  device.changed();
  return text("OK");
}

const text = (body: string): Answer => answer("text/plain", body);

/** Parameters by GET or by a form; status 200 also for errors. */
export const param: Endpoint = {
  path: "/axis-cgi/param.cgi",
  listing: () => ({ id: "param-cgi", version: "1.0", name: "Legacy Parameter Handling" }),
  async answer(call) {
    const updates = call.query.get("action") === "update";
    const refusal = call.refusal(updates ? "admin" : "operator");
    if (refusal) return refusal;
    const form = call.request.method === "POST" ? ((await readSmall(call.request.body)) ?? "") : "";
    const query = new URLSearchParams([...call.query, ...new URLSearchParams(form)]);
    const whole = { ...call, query };
    const action = query.get("action");
    if (action === "list") return text(list(whole));
    if (action === "update") return call.refusal("admin") ?? update(whole);
    return text(`# Error: Unknown action '${action ?? ""}'\n`);
  },
};
