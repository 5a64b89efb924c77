import { answer, readSmall, type Answer } from "../exchange.ts";
import type { Call, Endpoint, Inside } from "../inside.ts";
import { ADMIN_GROUPS } from "../settings.ts";

type Accounts = Record<string, { readonly password: string; readonly groups: readonly string[] }>;

/** HTML with CRLF, status 200 also for errors (vapix.md 2.5). */
const page = (text: string, status = 200): Answer =>
  answer(
    "text/html",
    `<html><head><title>User accounts</title></head><body bgcolor=#ffffff>${text}\r\n</body>\r\n\r\n</html>\r\n`,
    status,
  );

const ERRORS = {
  duplicate: "Error: this user name already exists, consult the system log file.",
  password: "Error: invalid password.",
  user: "Error: account user name.",
  action: "Error: action operation type.",
  initial: "Error: not a valid initial admin user.",
} as const;

const isName = (user: string): boolean => /^[A-Za-z0-9]{1,14}$/.test(user);

const isPassword = (password: string, { shortestPassword }: ReturnType<Inside["generation"]>): boolean =>
  /^[\x20-\x7e]{1,64}$/.test(password) && password.length >= shortestPassword;

/** `admin:operator:viewer:ptz` in the order in which groups are listed. */
const groupsOf = (sgrp: string | null): string[] => {
  const asked = (sgrp ?? "viewer").split(":");
  return ADMIN_GROUPS.filter((group) => asked.includes(group));
};

function save(device: Inside, accounts: Accounts): void {
  device.state.settings = { ...device.state.settings, accounts };
  device.changed();
}

function add(device: Inside, query: URLSearchParams): Answer {
  const accounts = { ...device.state.settings.accounts };
  const [user, password] = [query.get("user") ?? "", query.get("pwd") ?? ""];
  if (!isName(user)) return page(ERRORS.user);
  if (accounts[user]) return page(ERRORS.duplicate);
  if (!isPassword(password, device.generation())) return page(ERRORS.password);
  save(device, { ...accounts, [user]: { password, groups: groupsOf(query.get("sgrp")) } });
  return page(`Created account ${user}.`);
}

function update(device: Inside, query: URLSearchParams): Answer {
  const [user, password] = [query.get("user") ?? "", query.get("pwd")];
  const account = device.state.settings.accounts[user];
  if (!account) return page(ERRORS.user);
  if (password !== null && !isPassword(password, device.generation())) return page(ERRORS.password);
  const sgrp = query.get("sgrp");
  const changed = {
    password: password ?? account.password,
    groups: sgrp === null ? account.groups : groupsOf(sgrp),
  };
  save(device, { ...device.state.settings.accounts, [user]: changed });
  return page(`Modified account ${user}.`);
}

function remove(device: Inside, query: URLSearchParams): Answer {
  const user = query.get("user") ?? "";
  const { [user]: removed, ...others } = device.state.settings.accounts;
  if (!removed) return page(ERRORS.user);
  save(device, others);
  return page(`Removed account ${user}.`);
}

/** Older versions print every group of the system (vapix.md 2.5); a few of them do here. */
const SYSTEM_GROUPS = [
  "root",
  "bin",
  "daemon",
  "sys",
  "adm",
  "tty",
  "disk",
  "lp",
  "wwwa",
  "wwwo",
  "wwwv",
  "users",
];

function get(device: Inside): Answer {
  const accounts = Object.entries(device.state.settings.accounts);
  const members = (group: string) =>
    accounts.filter(([, one]) => one.groups.includes(group)).map(([user]) => user);
  const lines = [...ADMIN_GROUPS.map((group) => [group, members(group)] as const)];
  const all = [...lines, ["digusers", accounts.map(([user]) => user)] as const];
  const system = device.generation().listsAllGroups ? SYSTEM_GROUPS.map((group) => [group, []] as const) : [];
  return answer(
    "text/plain",
    [...system, ...all].map(([name, users]) => `${name}="${users.join(",")}"\n`).join(""),
  );
}

/** The first account: an administrator with PTZ; before 11.5 called root and without a comment (vapix.md 2.6). */
function addFirst(device: Inside, query: URLSearchParams): Answer {
  const groups = groupsOf(query.get("sgrp"));
  const strict = device.generation().firstAccountIsRoot;
  const named = !strict || (query.get("user") === "root" && query.get("comment") === null);
  return named && groups.length === ADMIN_GROUPS.length ? add(device, query) : page(ERRORS.initial, 401);
}

const ACTIONS: Readonly<Record<string, (device: Inside, query: URLSearchParams) => Answer>> = {
  add,
  update,
  remove,
  get,
};

async function wholeQuery({ request, query }: Call): Promise<URLSearchParams> {
  const form = request.method === "POST" ? ((await readSmall(request.body)) ?? "") : "";
  return new URLSearchParams([...query, ...new URLSearchParams(form)]);
}

export const pwdgrp: Endpoint = {
  path: "/axis-cgi/pwdgrp.cgi",
  listing: ({ userManagement: version }) =>
    version === null ? null : { id: "user-management", version, name: "User Management" },
  async answer(call) {
    const { device } = call;
    const setup = device.door.setupRefusal();
    if (setup) {
      const query = await wholeQuery(call);
      return query.get("action") === "add" ? addFirst(device, query) : setup;
    }
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const query = await wholeQuery(call);
    const action = ACTIONS[query.get("action") ?? ""];
    return action ? action(device, query) : page(ERRORS.action);
  },
};

/** Who is asking: the name, then the groups (vapix.md 2.5). */
export const usergroup: Endpoint = {
  path: "/axis-cgi/usergroup.cgi",
  answer({ device, request }) {
    const passage = device.door.demand(request, "viewer");
    if ("refusal" in passage) return passage.refusal;
    const { user, groups } = passage.visitor;
    return answer("text/plain", `${user}\n${groups.join(" ")}\n`);
  },
};
