import { compareVersions } from "@fyr/protocol";
import { properties } from "./api/basicdeviceinfo.ts";
import { hostName, macAddress } from "./identity.ts";
import type { Inside } from "./inside.ts";

type Tree = Record<string, string>;

const yesNo = (yes: boolean): string => (yes ? "yes" : "no");

/** Order of the `Brand` group on 5.51, which has no variant either (vapix.md 2.1). */
function brand(device: Inside): Tree {
  const all = properties(device);
  const { hasProdVariant, webServer } = device.generation();
  const names =
    webServer === "boa"
      ? ["Brand", "ProdFullName", "ProdShortName", "ProdNbr", "ProdType", "WebURL"]
      : ["Brand", "ProdFullName", "ProdNbr", "ProdShortName", "ProdType", "ProdVariant", "WebURL"];
  const shown = names.filter((name) => hasProdVariant || name !== "ProdVariant");
  return Object.fromEntries(shown.map((name) => [`Brand.${name}`, all[name] ?? ""]));
}

function network(device: Inside): Tree {
  const identity = device.identity();
  const { policy, announces, webServer } = device.generation();
  const { model, address } = identity;
  return {
    "Network.BootProto": "dhcp",
    "Network.Bonjour.Enabled": "yes",
    "Network.Bonjour.FriendlyName":
      webServer === "boa" ? `${model.prodShortName} - ${identity.serial}` : model.prodShortName,
    "Network.Broadcast": "127.255.255.255",
    "Network.DefaultRouter": "127.0.0.1",
    "Network.DHCP.VendorClass": `AXIS,${model.prodType},${model.prodNbr},${device.version()}`,
    "Network.DNSServer1": "127.0.0.1",
    "Network.eth0.Broadcast": "127.255.255.255",
    "Network.eth0.IPAddress": address,
    "Network.eth0.MACAddress": macAddress(identity),
    "Network.eth0.SubnetMask": "255.0.0.0",
    "Network.HostName": hostName(identity),
    "Network.HTTP.AuthenticationPolicy": policy,
    "Network.HTTP.AuthenticationWithQop": "no",
    "Network.IPAddress": address,
    "Network.SubnetMask": "255.0.0.0",
    "Network.UPnP.Enabled": yesNo(announces),
    "Network.UPnP.FriendlyName": `${model.prodShortName} - ${identity.serial}`,
  };
}

function system(device: Inside): Tree {
  const { apiDiscovery, firmwareManagement, jsonType: _t, throttles, webServer } = device.generation();
  const { model, serial } = device.identity();
  const { active } = device.state.firmware;
  const all = properties(device);
  return {
    "Properties.API.HTTP.Version": "3",
    ...(apiDiscovery && { "Properties.ApiDiscovery.ApiDiscovery": "yes" }),
    "Properties.Firmware.BuildDate": active.buildDate,
    "Properties.Firmware.BuildNumber": "1",
    "Properties.Firmware.Version": device.version(),
    ...(firmwareManagement && { "Properties.FirmwareManagement.Version": firmwareManagement.listed }),
    "Properties.HTTPS.HTTPS": "yes",
    "Properties.System.Architecture": model.architecture,
    "Properties.System.HardwareID": model.hardwareId,
    "Properties.System.Language": "",
    "Properties.System.LanguageType": "",
    "Properties.System.SerialNumber": serial,
    ...(webServer !== "boa" && { "Properties.System.Soc": all["Soc"] ?? "" }),
    ...(throttles && {
      "System.PreventDoSAttack.ActivatePasswordThrottling": "on",
      "System.PreventDoSAttack.DoSBlockingPeriod": "10",
      "System.PreventDoSAttack.DoSPageCount": "20",
      "System.PreventDoSAttack.DoSPageInterval": "1",
      "System.PreventDoSAttack.DoSSiteCount": "20",
      "System.PreventDoSAttack.DoSSiteInterval": "1",
    }),
    "System.RootPwdSet": yesNo(Object.keys(device.state.settings.accounts).length > 0),
    "System.SkipDigestUriValidation": "User-Agent HttpClient",
  };
}

function web(device: Inside): Tree {
  const { announces, schemes, webServer, name } = device.generation();
  if (webServer === "boa")
    return { "HTTPS.Ciphers": "AES256-SHA:AES128-SHA:DES-CBC3-SHA", "HTTPS.Enabled": "no" };
  return {
    "HTTPS.Enabled": yesNo(schemes.includes("https")),
    "HTTPS.Port": "443",
    ...(compareVersions(name, "11.0") >= 0 && { "HTTPS.AllowTLS1": "no", "HTTPS.AllowTLS11": "no" }),
    "RemoteService.Enabled": "oneclick",
    ...(compareVersions(name, "11.0") >= 0 && {
      "System.HTTP2.AllowH2": "yes",
      "System.HTTP2.AllowH2c": "no",
    }),
    "WebService.DiscoveryMode.Discoverable": announces ? "Yes" : "No",
  };
}

/** `Time.POSIXTimeZone` is gone in 13 (vapix.md 2.4). */
const time = (device: Inside): Tree => ({
  ...(compareVersions(device.generation().name, "13") < 0 && { "Time.POSIXTimeZone": "GMT0" }),
  "Time.NTP.Server": "pool.ntp.org",
  "Time.ObtainFromDHCP": "yes",
});

/** What the defaults follow from, besides the model: they are asked for at every request and seldom change. */
const sourceOf = (device: Inside): string => {
  const { firmware, settings } = device.state;
  const hasAccounts = Object.keys(settings.accounts).length > 0;
  const { version, buildDate } = firmware.active;
  return [version, buildDate, device.version(), device.identity().serial, hasAccounts].join(" ");
};

const known = new WeakMap<Inside, { readonly source: string; readonly tree: Tree }>();

function defaults(device: Inside): Tree {
  const source = sourceOf(device);
  const before = known.get(device);
  if (before?.source === source) return before.tree;
  const parts = [brand(device), web(device), network(device), system(device), time(device)];
  const rooted = parts
    .flatMap((part) => Object.entries(part))
    .map(([name, value]) => [`root.${name}`, value] as const);
  rooted.sort(([a], [b]) => (group(a) < group(b) ? -1 : Number(group(a) > group(b))));
  const tree = Object.fromEntries(rooted);
  known.set(device, { source, tree });
  return tree;
}

/** Every parameter by its full name, `root.` in front, in the order of its list. */
export const parameters = (device: Inside): Tree => ({
  ...defaults(device),
  ...device.state.settings.parameters,
});

const group = (name: string): string => name.split(".")[1] ?? "";

/** One parameter's value in force. */
export const parameter = (device: Inside, name: string): string | undefined =>
  device.state.settings.parameters[`root.${name}`] ?? defaults(device)[`root.${name}`];

/** `Properties` and `Brand` describe the device and cannot be set. */
export const isReadOnly = (name: string): boolean => /^root\.(Properties|Brand)\./i.test(name);
