import { expect, test } from "vitest";
import { desk, HARDWARE, schemeFor, type DeskVersion } from "../testing/desk.ts";
import { FWMGR } from "../testing/visitor.ts";
import { pathOf } from "./exchange.ts";

const CGI = "/axis-cgi/";
const BDI = `${CGI}basicdeviceinfo.cgi`;
const READY = `${CGI}systemready.cgi`;
const APIS = `${CGI}apidiscovery.cgi`;
const ALL = Object.keys(HARDWARE) as DeskVersion[];
const since = (first: DeskVersion) => ALL.slice(ALL.indexOf(first));
const body = (value: object) => JSON.stringify(value);

test("firmware management prints pretty, echoes the context and ends the line (vapix.md 1.1)", async () => {
  const { root } = desk("12.9.57");
  const call = body({ apiVersion: "1.0", context: "abc", method: "status" });
  const { body: text, headers } = await root.answer(FWMGR, { body: call });
  expect(text).toMatch(
    /^\{\n {2}"apiVersion": "1\.8",\n {2}"context": "abc",\n {2}"method": "status",\n {2}"data": \{\n {4}"activeFirmwareVersion": "12\.9\.57",\n {4}"activeFirmwarePart": "\d{10}"\n {2}\}\n\}\n$/,
  );
  expect(headers).toContainEqual(["Content-Type", "application/json; charset=utf-8"]);
});

test.each([
  ["9.80.2.2", "1.4", "1.4"],
  ["10.12.323", "1.4", "1.4"],
  ["11.11.192", "1.4", "1.5"],
  ["12.9.57", "1.8", "1.8"],
  ["12.11.77", "1.10", "1.10"],
] as const)(
  "on %s fwmgr is listed as %s and replies as %s (vapix.md 1.2)",
  async (version, listed, replied) => {
    const { root } = desk(version);
    expect(await root.json(FWMGR, { method: "status" })).toMatchObject({ apiVersion: replied });
    const apis = (await root.json(APIS, { apiVersion: "1.0", method: "getApiList" })) as {
      data: { apiList: { id: string; version: string }[] };
    };
    expect(apis.data.apiList.find(({ id }) => id === "fwmgr")?.version).toBe(listed);
    const parameter = await root.text(
      `${CGI}param.cgi?action=list&group=Properties.FirmwareManagement.Version`,
    );
    expect(parameter).toBe(`Properties.FirmwareManagement.Version=${listed}\n`);
  },
);

test("unknown methods, versions and bodies of firmware management (vapix.md 1.7)", async () => {
  const { root } = desk("12.11.77");
  expect(await root.text(FWMGR, { body: body({ apiVersion: "1.10", method: "bogus" }) })).toBe(
    '{\n  "apiVersion": "1.10",\n  "method": "bogus",\n  "error": {\n    "code": 405,\n    "message": "Unknown method in request."\n  }\n}\n',
  );
  expect(await root.json(FWMGR, { apiVersion: "2.0", method: "status" })).toMatchObject({
    error: { code: 417 },
  });
  const { status, body: text } = await root.answer(FWMGR, { body: "{nonsense" });
  expect([status, JSON.parse(String(text))]).toMatchObject([200, { error: { code: 400 } }]);
  expect(await root.json(FWMGR, { method: "getSupportedVersions" })).toMatchObject({
    data: { apiVersions: ["1.10"] },
  });
  expect(await root.json(FWMGR, { apiVersion: "1.0", method: "rollback" })).toMatchObject({
    error: { code: 404, message: "No old firmware exists." },
  });
});

const UNRESTRICTED =
  "ProdNbr, HardwareID, ProdFullName, Version, ProdType, Brand, WebURL, ProdVariant, SerialNumber, ProdShortName, BuildDate";
const RESTRICTED =
  "Architecture, ProdNbr, HardwareID, ProdFullName, Version, ProdType, SocSerialNumber, Soc, Brand, WebURL, ProdVariant, SerialNumber, ProdShortName, BuildDate";

test("basic device info is one spaced line in the recorded order, without a method (vapix.md 2.1)", async () => {
  const { root, anyone } = desk("12.11.77");
  const open = await anyone.text(BDI, {
    body: body({ apiVersion: "1.0", context: "c", method: "getAllUnrestrictedProperties" }),
  });
  expect(open).toMatch(
    /^\{"apiVersion": "1\.3", "context": "c", "data": \{"propertyList": \{"ProdNbr": "P3265-V", "HardwareID": "931\.11", .*"WebURL": "https:\/\/www\.axis\.com", "ProdVariant": "", "SerialNumber": "B8A44F000001", .*\}\}\}\n$/,
  );
  const names = (text: string) =>
    Object.keys((JSON.parse(text) as { data: { propertyList: object } }).data.propertyList).join(", ");
  expect(names(open)).toBe(UNRESTRICTED);
  const all = await root.text(BDI, { body: body({ apiVersion: "1.0", method: "getAllProperties" }) });
  expect(names(all)).toBe(RESTRICTED);
  expect(
    (await anyone.answer(BDI, { body: body({ apiVersion: "1.0", method: "getAllProperties" }) })).status,
  ).toBe(401);
});

test("basic device info names its errors (vapix.md 2.1)", async () => {
  const { root } = desk("12.11.77");
  const code = async (call: string, method?: string) =>
    (
      JSON.parse(await root.text(BDI, { body: call, ...(method && { method }) })) as {
        error: { code: number };
      }
    ).error.code;
  expect(
    await code(body({ apiVersion: "1.0", method: "getProperties", params: { propertyList: ["Nix"] } })),
  ).toBe(1000);
  expect(await code(body({ apiVersion: "1.0", method: "getProperties" }))).toBe(4002);
  expect(await code(body({ apiVersion: "1.0", method: "nix" }))).toBe(2004);
  expect(await code(body({ apiVersion: "3.0", method: "getAllProperties" }))).toBe(2003);
  expect(await code("{")).toBe(4000);
  expect(JSON.parse(await root.text(BDI))).toMatchObject({ error: { code: 2002 } });
});

test.each([
  ["9.80.2.2", "1.1"],
  ["10.12.323", "1.3"],
  ["11.11.192", "1.3"],
  ["12.9.57", "1.3"],
] as const)("basic device info of %s speaks %s", async (version, apiVersion) => {
  const { anyone } = desk(version);
  const reply = await anyone.json(BDI, { apiVersion: "1.0", method: "getAllUnrestrictedProperties" });
  const WebURL = version.startsWith("12") ? "https://www.axis.com" : "http://www.axis.com";
  expect(reply).toMatchObject({ apiVersion, data: { propertyList: { Version: version, WebURL } } });
});

test("systemready is one line without an end (vapix.md 2.2)", async () => {
  const { anyone, device } = desk("12.9.57");
  const text = await anyone.text(READY, {
    body: body({ apiVersion: "1.1", method: "systemready", params: { timeout: 20 } }),
  });
  expect(text).toBe(
    `{"apiVersion": "1.5", "method": "systemready", "data": {"systemready": "yes", "needsetup": "no", "uptime": "86400", "bootid": "${device.state.bootId}", "passphrasepolicy": "none"}}`,
  );
});

test.each([
  ["9.80.2.2", "1.1", ["systemready", "needsetup"]],
  ["10.12.323", "1.2", ["systemready", "needsetup"]],
  ["11.11.192", "1.4", ["systemready", "needsetup", "uptime", "bootid"]],
  ["12.9.57", "1.5", ["systemready", "needsetup", "uptime", "bootid", "passphrasepolicy"]],
] as const)("systemready of %s is %s with %j", async (version, apiVersion, fields) => {
  for (const asked of ["1", "1.0", "1.1", undefined]) {
    const reply = await desk(version).anyone.json(READY, { apiVersion: asked, method: "systemready" });
    expect(reply["apiVersion"]).toBe(apiVersion);
    expect(Object.keys(reply["data"] as object)).toEqual(fields);
  }
});

test("systemready holds its answer until the device is ready, or the time is over", async () => {
  const { anyone, device, pass } = desk("12.9.57");
  device.life.restart("restart");
  await pass(20);
  expect(device.life.phase()).toBe("booting");
  const ask = (timeout: number) =>
    anyone.json(READY, { apiVersion: "1.1", method: "systemready", params: { timeout } });
  const [short, long] = [ask(3), ask(20)];
  let answered = 0;
  void short.then(() => answered++);
  void long.then(() => answered++);
  await pass(2);
  expect(answered).toBe(0);
  await pass(2);
  expect(answered).toBe(1);
  expect(await short).toMatchObject({ data: { systemready: "no" } });
  await pass(6);
  expect(await long).toMatchObject({ data: { systemready: "yes", uptime: "20" } });
});

test("the list of APIs is one line, needs a login up to 10.12, and names nothing that is not there", async () => {
  for (const version of since("9.80.2.2")) {
    const { root, anyone } = desk(version);
    const scheme = schemeFor(version);
    const call = body({ apiVersion: "1.0", method: "getApiList" });
    const open = ["11", "12", "13"].some((major) => version.startsWith(major));
    expect((await anyone.answer(APIS, { scheme, body: call })).status).toBe(open ? 200 : 401);
    const text = await root.text(APIS, { scheme, body: call });
    const status = version.startsWith("9") ? "" : ', "status": "official"';
    const entry = `{"id": "basic-device-info", "version": "${version.startsWith("9") ? "1.1" : "1.3"}", "name": "Basic Device Information", "docLink": "https://www.axis.com/partner_pages/vapix_library/#/"${status}}`;
    expect(text).toContain(entry);
    expect(text).toMatch(
      /^\{"method": "getApiList", "apiVersion": "1\.[01]", "data": \{"apiList": \[.*\]\}\}\n$/,
    );
    await everyListedApiAnswers(version, text);
  }
});

const ADDRESSES: Readonly<Record<string, string>> = {
  "network-settings": "network_settings",
  "basic-device-info": "basicdeviceinfo",
  systemready: "systemready",
  "param-cgi": "param",
  fwmgr: "firmwaremanagement",
  "time-service": "time",
  "api-discovery": "apidiscovery",
  "user-management": "pwdgrp",
  mdnssd: "mdnssd",
};

async function everyListedApiAnswers(version: DeskVersion, text: string) {
  const { root } = desk(version);
  const { data } = JSON.parse(text) as { data: { apiList: { id: string }[] } };
  for (const { id } of data.apiList) {
    const path = id === "device-config" ? "/config/discover" : `${CGI}${ADDRESSES[id]}.cgi`;
    const { status } = await root.answer(path, {
      scheme: schemeFor(version),
      body: body({ method: "getSupportedVersions" }),
    });
    expect([id, status]).toEqual([id, 200]);
  }
}

test("getApiList takes wildcards; getSupportedVersions has no apiVersion (vapix.md 2.3)", async () => {
  const { anyone } = desk("12.11.77");
  const ids = async (params: object) => {
    const reply = await anyone.json(APIS, { apiVersion: "1.0", method: "getApiList", params });
    return (reply["data"] as { apiList: { id: string }[] }).apiList.map(({ id }) => id);
  };
  expect(await ids({ id: "*ready" })).toEqual(["systemready"]);
  expect(await ids({ id: "mdnss?", version: "1.*" })).toEqual(["mdnssd"]);
  expect(await anyone.text(APIS, { body: body({ method: "getSupportedVersions" }) })).toBe(
    '{"method": "getSupportedVersions", "data": {"apiVersions": ["1.1"]}}\n',
  );
});

test("5.51 has no JSON at all, and says so in the words of its web server (vapix.md 2.9)", async () => {
  const { root } = desk("5.51.7");
  for (const path of [FWMGR, BDI, READY, APIS, "/config/discover"]) {
    const { status, headers, body: page } = await root.answer(path, { body: "{}" });
    expect([status, headers]).toEqual([404, [["Content-Type", "text/html; charset=ISO-8859-1"]]]);
    expect(page).toBe(
      `<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL ${path} was not found on this server.\n</BODY></HTML>\n`,
    );
  }
});

const param = (query: string) => `${CGI}param.cgi?action=list${query}`;

test("parameters echo the name that was asked, groups answer in full (vapix.md 2.4)", async () => {
  const { root } = desk("12.9.57");
  expect(await root.text(param("&group=Properties.Firmware.Version"))).toBe(
    "Properties.Firmware.Version=12.9.57\n",
  );
  expect(await root.text(param("&group=root.Properties.Firmware.Version"))).toBe(
    "root.Properties.Firmware.Version=12.9.57\n",
  );
  const brand =
    "root.Brand.Brand=AXIS\nroot.Brand.ProdFullName=AXIS P3265-V Dome Camera\nroot.Brand.ProdNbr=P3265-V\nroot.Brand.ProdShortName=AXIS P3265-V\nroot.Brand.ProdType=Dome Camera\nroot.Brand.ProdVariant=\nroot.Brand.WebURL=https://www.axis.com\n";
  for (const group of ["Brand", "root.Brand", "brand", "ROOT.BRAND"])
    expect(await root.text(param(`&group=${group}`))).toBe(brand);
  expect(await root.text(param("&group=root.Network.*.IPAddress"))).toBe(
    "root.Network.eth0.IPAddress=127.0.0.9\n",
  );
  expect(await root.text(param("&group=Network.DHCP.VendorClass"))).toContain(
    "=AXIS,Dome Camera,P3265-V,12.9.57\n",
  );
});

test("errors stand between good groups, and the comma may be escaped", async () => {
  const { root } = desk("12.9.57");
  const expected =
    "Brand.Brand=AXIS\n# Error: Error -1 getting param in group 'Nix'\nProperties.API.HTTP.Version=3\n";
  for (const comma of [",", "%2C"]) {
    expect(await root.text(param(`&group=Brand.Brand${comma}Nix${comma}Properties.API.HTTP.Version`))).toBe(
      expected,
    );
  }
  const posted = await root.text(`${CGI}param.cgi`, { body: "action=list&group=Brand.Brand" });
  expect(posted).toBe("Brand.Brand=AXIS\n");
});

test("the brand of 5.51 has its own order and no variant (vapix.md 2.1)", async () => {
  const lines = (await desk("5.51.7").root.text(param("&group=Brand"))).split("\n");
  expect(lines.map((line) => line.split("=")[0])).toEqual([
    ...["Brand", "ProdFullName", "ProdShortName", "ProdNbr", "ProdType", "WebURL"].map(
      (name) => `root.Brand.${name}`,
    ),
    "",
  ]);
  expect(lines).toContain("root.Brand.WebURL=http://www.axis.com/");
});

test("updates of parameters (vapix.md 2.4)", async () => {
  const { root } = desk("11.11.192");
  const update = (query: string) => root.answer(`${CGI}param.cgi?action=update&${query}`);
  expect((await update("Network.HostName=door%3D1")).body).toBe("OK");
  expect(await root.text(param("&group=Network.HostName"))).toBe("Network.HostName=door=1\n");
  expect((await update("root.Nix.Nix=1")).body).toBe("# Error: Error setting 'root.Nix.Nix' to '1'!\n");
  const locked = "Network.HostName=x&Properties.Firmware.Version=1";
  expect(await update(locked)).toMatchObject({
    status: 200,
    body: "# Error: Error setting 'Properties.Firmware.Version' to '1'!\n",
  });
  const newer = await desk("12.9.57").root.answer(`${CGI}param.cgi?action=update&${locked}`);
  expect(newer.status).toBe(401);
});

const page = (text: string) =>
  `<html><head><title>User accounts</title></head><body bgcolor=#ffffff>${text}\r\n</body>\r\n\r\n</html>\r\n`;

test("accounts speak HTML with CRLF, errors with status 200 (vapix.md 2.5)", async () => {
  const { root } = desk("12.9.57");
  const pwdgrp = (query: string) => root.answer(`${CGI}pwdgrp.cgi?${query}`);
  expect(await pwdgrp("action=add&user=joe&pwd=secret&grp=users&sgrp=operator:viewer")).toMatchObject({
    status: 200,
    body: page("Created account joe."),
  });
  expect((await pwdgrp("action=add&user=joe&pwd=x")).body).toBe(
    page("Error: this user name already exists, consult the system log file."),
  );
  expect((await pwdgrp("action=add&user=no%20name&pwd=x")).body).toBe(page("Error: account user name."));
  expect((await pwdgrp("action=add&user=jim&pwd=")).body).toBe(page("Error: invalid password."));
  expect((await pwdgrp("action=get")).body).toBe(
    'admin="root"\noperator="root,joe"\nviewer="root,joe"\nptz="root"\ndigusers="root,joe"\n',
  );
  expect((await pwdgrp("action=update&user=joe&pwd=other")).body).toBe(page("Modified account joe."));
  expect((await pwdgrp("action=remove&user=joe")).body).toBe(page("Removed account joe."));
  expect((await pwdgrp("action=remove&user=joe")).body).toBe(page("Error: account user name."));
  expect((await pwdgrp("action=nix")).body).toBe(page("Error: action operation type."));
  expect(await root.text(`${CGI}usergroup.cgi`)).toBe("root\nadmin operator viewer ptz\n");
});

test("10.12 and older list the groups of the system as well", async () => {
  expect(await desk("10.12.323").root.text(`${CGI}pwdgrp.cgi?action=get`)).toMatch(
    /^root=""\n[^]*wwwa=""[^]*admin="root"\n/,
  );
});

const FIRST = `${CGI}pwdgrp.cgi?action=add&user=root&pwd=pass&grp=root&sgrp=admin:operator:viewer:ptz`;
const NEW = { settings: { accounts: {}, parameters: {} } };

test.each(["10.12.323", "11.11.192", "12.9.57", "13.0.33"] as const)(
  "a factory-new %s asks for its first account (vapix.md 2.6)",
  async (version) => {
    const { anyone, root } = desk(version, NEW);
    const scheme = schemeFor(version);
    const refused = await anyone.answer(FWMGR, { scheme, body: body({ method: "status" }) });
    expect(refused.status).toBe(401);
    expect(refused.headers).toContainEqual(["Axis-Setup", "vapix"]);
    expect(refused.body).toContain("Error: initial admin user must be created first.");
    expect(await anyone.json(READY, { method: "systemready" }, { scheme })).toMatchObject({
      data: { needsetup: "yes" },
    });
    const start = await anyone.answer("/", { scheme });
    expect(start.status).toBe(version >= "12" ? 401 : 200);
    const weak = await anyone.answer(FIRST.replace("sgrp=admin:operator:viewer:ptz", "sgrp=viewer"), {
      scheme,
    });
    expect([weak.status, weak.body]).toEqual([401, page("Error: not a valid initial admin user.")]);
    const password = version === "13.0.33" ? "pwd=longer-pass" : "pwd=pass";
    const created = await anyone.text(FIRST.replace("pwd=pass", password), { scheme });
    expect(created).toBe(page("Created account root."));
    if (version !== "13.0.33")
      expect(await root.json(FWMGR, { method: "status" }, { scheme })).toHaveProperty("data");
  },
);

test("before 11.5 the first account is root without a comment; 13 wants a longer password; 5.x has one already", async () => {
  const joe = FIRST.replace("user=root", "user=joe");
  expect((await desk("10.12.323", NEW).anyone.answer(joe)).status).toBe(401);
  expect((await desk("10.12.323", NEW).anyone.answer(`${FIRST}&comment=x`)).status).toBe(401);
  expect(await desk("12.9.57", NEW).anyone.text(joe)).toBe(page("Created account joe."));
  expect(await desk("13.0.33", NEW).anyone.answer(FIRST, { scheme: "https" })).toMatchObject({
    status: 200,
    body: page("Error: invalid password."),
  });
  const old = desk("5.51.7");
  old.device.life.restart("hard");
  await old.pass(30);
  expect(await old.root.text(param("&group=root.Brand.Brand"))).toBe("root.Brand.Brand=AXIS\n");
});

test("network settings are pretty; the other JSON calls are one line", async () => {
  const { root } = desk("11.11.192");
  const network = await root.text(`${CGI}network_settings.cgi`, {
    body: body({ apiVersion: "1.0", method: "getNetworkInfo" }),
  });
  expect(network).toMatch(
    /^\{\n {2}"apiVersion": "1\.33",\n {2}"method": "getNetworkInfo",\n {2}"data": \{\n[^]*\}\n$/,
  );
  expect(network).toContain('"macAddress": "B8:A4:4F:00:00:01"');
  expect(await root.json(`${CGI}mdnssd.cgi`, { apiVersion: "1.0", method: "getMdnssdInfo" })).toEqual({
    apiVersion: "1.1",
    method: "getMdnssdInfo",
    data: { enabled: true, friendlyName: "AXIS Q1951-E" },
  });
  const bad = { apiVersion: "1.0", method: "setMdnssdConfiguration", params: { enabled: "maybe" } };
  expect(await root.json(`${CGI}mdnssd.cgi`, bad)).toMatchObject({
    error: { code: 4003, details: { subCode: 1 } },
  });
});

test("the clock of a device can be read and set (vapix.md 2.7)", async () => {
  const { root, pass } = desk("11.11.192");
  const time = (call: object) => root.json(`${CGI}time.cgi`, { apiVersion: "1.0", ...call });
  expect(await time({ method: "getDateTimeInfo" })).toMatchObject({
    apiVersion: "1.1",
    data: { dateTime: "2026-01-01T00:00:00Z" },
  });
  expect(await time({ method: "setDateTime", params: { dateTime: "2030-05-05T05:00:00Z" } })).toMatchObject({
    data: {},
  });
  await pass(60);
  expect(await time({ method: "getDateTimeInfo" })).toMatchObject({
    data: { dateTime: "2030-05-05T05:01:00Z" },
  });
  expect(await time({ method: "setDateTime", params: { dateTime: "nonsense" } })).toMatchObject({
    error: { code: 4001 },
  });
});

test("below /config the statuses are real and the last line has no end (vapix.md 2.10)", async () => {
  const { root } = desk("12.11.77");
  const found = await root.answer("/config/rest/basic-device-info/v2beta/allowAnonymous");
  expect(found).toMatchObject({ status: 200, body: '{\n  "status": "success",\n  "data": true\n}' });
  expect(await root.answer("/config/rest/basic-device-info/v2beta/nix")).toMatchObject({
    status: 404,
    body: '{\n  "status": "error",\n  "error": {\n    "code": 2,\n    "message": "Item does not exist: nix"\n  }\n}',
  });
  const missing = await root.answer("/config/rest/nix/v1");
  expect([missing.status, String(missing.body)]).toEqual([
    404,
    expect.stringContaining('"message": "Resource not found: '),
  ]);
  expect(JSON.parse(await root.text("/config/discover"))).toMatchObject({
    apis: { "basic-device-info": { v2: { rest_api: "/config/rest/basic-device-info/v2beta" } } },
  });
  expect((await desk("10.12.323").root.answer("/config/discover")).status).toBe(404);
});

test("maintenance pages carry the words that clients look for (vapix.md 1.10)", async () => {
  for (const [path, word] of [
    ["restart", "restartMessage"],
    ["factorydefault", "factoryMessage"],
    ["hardfactorydefault", "factoryMessage2"],
  ]) {
    const { root, device } = desk("9.80.2.2");
    expect(await root.text(`${CGI}${path}.cgi`)).toContain(word);
    expect(device.life.phase()).toBe("leaving");
  }
});

test("logs name the device, in the line format of their generation (vapix.md 2.8)", async () => {
  expect(await desk("9.80.2.2").root.text(`${CGI}systemlog.cgi`)).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+00:00 axis-b8a44f000001 \[ INFO {4}\] kernel: /,
  );
  expect(await desk("5.51.7").root.text(`${CGI}systemlog.cgi`)).toMatch(
    /^<INFO {4}> .* axis-b8a44f000001 kernel: /,
  );
});

test("web servers name themselves as recorded (vapix.md 3.1)", async () => {
  const headers = async (version: DeskVersion) =>
    Object.fromEntries(
      (await desk(version).anyone.answer(FWMGR, { body: "{}", scheme: schemeFor(version) })).headers,
    );
  expect(await headers("12.11.77")).toMatchObject({
    Server: "Apache/2.4.68 (Unix) OpenSSL/3.5.7",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Type": "application/json; charset=utf-8",
  });
  expect((await headers("12.11.77"))["Content-Security-Policy"]).toContain("*.axis.com");
  expect(await headers("5.51.7")).not.toHaveProperty("Server");
});

test("5.51 listens on HTTP alone, 13 on HTTPS alone", () => {
  const schemes = ALL.map((version) => {
    const { device } = desk(version);
    return [device.listensOn("http"), device.listensOn("https")];
  });
  expect(schemes[0]).toEqual([true, false]);
  expect(schemes.at(-1)).toEqual([false, true]);
  expect(new Set(schemes.slice(1, -1).map(String))).toEqual(new Set(["true,true"]));
});

test("the query does not belong to the path", () => {
  expect(pathOf({ path: "/a?b=/c" } as never)).toBe("/a");
});
