import { hostName, macAddress } from "../identity.ts";
import { answer } from "../exchange.ts";
import type { Endpoint, Inside } from "../inside.ts";
import { pretty } from "../json-text.ts";
import { echo, JSON_ERRORS, readCall, unknownMethod } from "./vapix-json.ts";

function networkInfo(device: Inside) {
  const identity = device.identity();
  const address = {
    address: identity.address,
    prefixLength: 8,
    origin: "dhcp",
    scope: "host",
    broadcast: "127.255.255.255",
  };
  return {
    system: {
      resolver: { useDhcpResolverInfo: true, nameServers: ["127.0.0.1"] },
      hostname: { useDhcpHostname: true, hostname: hostName(identity), staticHostname: hostName(identity) },
    },
    devices: [
      {
        name: "eth0",
        type: "wired",
        macAddress: macAddress(identity),
        IPv4: { enabled: true, configurationMode: "dhcp", addresses: [address], defaultRouter: "127.0.0.1" },
        IPv6: { enabled: false },
      },
    ],
  };
}

export const networkSettings: Endpoint = {
  path: "/axis-cgi/network_settings.cgi",
  offered: ({ networkSettings }) => networkSettings !== null,
  listing: ({ networkSettings: version }) =>
    version === null ? null : { id: "network-settings", version, name: "Network Settings" },
  async answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const { networkSettings: apiVersion, jsonType } = call.device.generation();
    const asked = await readCall(call);
    const reply = (outcome: object) =>
      answer(jsonType, pretty({ apiVersion, ...echo(asked ?? {}), method: asked?.method, ...outcome }));
    if (!asked) return reply({ error: JSON_ERRORS.json });
    if (asked.method === "getSupportedVersions") return reply({ data: { apiVersions: [apiVersion] } });
    if (asked.method !== "getNetworkInfo") return reply({ error: unknownMethod(asked.method) });
    return reply({ data: networkInfo(call.device) });
  },
};
