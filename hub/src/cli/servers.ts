import type { Command } from "commander";
import { check, page, Server, ServerUpgrade, ServerUpgradePreview } from "@fyr/protocol";
import { ConfigError } from "@fyr/runtime";
import { callApi, type ApiAccess, type ApiCall } from "./api-client.ts";
import type { Machine } from "./machine.ts";

interface MemberFlags {
  readonly url: string;
  readonly key?: string;
  readonly ca?: string;
  readonly org: string;
}

interface UpgradeFlags extends MemberFlags {
  readonly server: string;
  readonly upgrade: string;
}

const Servers = page(Server);

const dateOf = (ms: number | null): string => (ms === null ? "" : new Date(ms).toISOString());

const lineOf = ({ id, name, version, state, recommended }: Server): string =>
  [id, name, version, state.kind, recommended ? `upgrade to ${recommended.version} recommended` : ""]
    .join("\t")
    .trimEnd();

function toldOf({ id, fromVersion, toVersion, state, ...more }: ServerUpgrade): string {
  const { unavailable, expectedEnd, withdrawable, outcomeCode, holds } = more;
  const notes = [
    unavailable
      ? `unavailable while it is upgraded${expectedEnd ? `, until ${dateOf(expectedEnd)}` : ""}`
      : "",
    holds.map(({ reason }) => `waits: ${reason}`).join(", "),
    withdrawable ? "can be withdrawn until its agent claims it" : "",
    outcomeCode ?? "",
  ];
  return [id, `${fromVersion} → ${toVersion}`, state, ...notes.filter((note) => note !== "")].join("\t");
}

const planOf = ({ name, fromVersion, toVersion, usualMs }: ServerUpgradePreview): string =>
  [
    name,
    `${fromVersion} → ${toVersion}`,
    `away for about ${Math.round(usualMs / 60_000)} minutes; cannot be stopped once its agent has claimed it`,
  ].join("\t");

/** `hub servers`: what a program may do to ACS Pro servers, over the hub's API and with a key of its own. */
export function addServerCommands(program: Command, machine: Machine): void {
  const servers = program
    .command("servers")
    .description("list ACS Pro servers, upgrade them, withdraw a request, over the hub's API");

  function accessOf({ url, key, ca }: MemberFlags): ApiAccess {
    const token = key ?? machine.env["HUB_KEY"];
    if (token === undefined) throw new ConfigError("name a service account's key: --key or HUB_KEY");
    return { url, token, caFile: ca };
  }

  const command = (name: string): Command =>
    servers
      .command(name)
      .requiredOption("--org <id>", "the organisation")
      .option("--url <url>", "the hub's API", machine.env["HUB_URL"] ?? "http://127.0.0.1:8443")
      .option("--key <key>", "a service account's key; better in HUB_KEY, which other users cannot see")
      .option("--ca <file>", "certificates to trust besides the system's");
  const ofServer = (name: string): Command =>
    command(name).requiredOption("--server <id>", "the server's id, as `list` says it");
  const ofUpgrade = (name: string): Command =>
    ofServer(name).requiredOption("--upgrade <id>", "the upgrade's id, as `upgrade` said it");

  async function upgradeBy(flags: UpgradeFlags, call: Pick<ApiCall, "method" | "json">, act = "") {
    const path = `/orgs/${flags.org}/servers/${flags.server}/upgrades/${flags.upgrade}${act}`;
    machine.print(toldOf(check(ServerUpgrade, await callApi(accessOf(flags), { ...call, path }))));
  }

  command("list")
    .description("list servers: id, name, version, how each stands, and the upgrade that is recommended")
    .action(async (flags: MemberFlags) => {
      const access = accessOf(flags);
      for (let after: string | null = ""; after !== null;) {
        const query: string = after === "" ? "" : `?after=${encodeURIComponent(after)}`;
        const path = `/orgs/${flags.org}/servers${query}`;
        const found = check(Servers, await callApi(access, { method: "GET", path }));
        for (const server of found.items) machine.print(lineOf(server));
        after = found.next;
      }
    });
  ofServer("upgrade")
    .description("put a request into the server's queue: it takes time, and cannot be stopped once claimed")
    .option("--preview", "only say what it would do, and for how long the server would be away")
    .action(async (flags: Omit<UpgradeFlags, "upgrade"> & { readonly preview?: true }) => {
      const server = `/orgs/${flags.org}/servers/${flags.server}`;
      if (flags.preview) {
        const call = { method: "POST", path: `${server}/upgrade-preview`, json: {} } as const;
        return machine.print(planOf(check(ServerUpgradePreview, await callApi(accessOf(flags), call))));
      }
      const call = { method: "POST", path: `${server}/upgrades`, json: {} } as const;
      machine.print(toldOf(check(ServerUpgrade, await callApi(accessOf(flags), call))));
    });
  ofUpgrade("show")
    .description("where an upgrade stands")
    .action((flags: UpgradeFlags) => upgradeBy(flags, { method: "GET" }));
  ofUpgrade("withdraw")
    .description("withdraw a request, as long as the server's agent has not claimed it")
    .action((flags: UpgradeFlags) => upgradeBy(flags, { method: "POST" }, "/withdraw"));
}
