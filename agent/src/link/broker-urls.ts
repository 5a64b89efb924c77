import { AGENT_ROUTES } from "@fyr/protocol";

/** Both doors of the hub's broker: the one it names, then the agents' own port. */
export function brokerUrls(mqttUrl: string | null, syncUrl: string): string[] {
  if (mqttUrl === null) return [];
  const fallback = new URL(AGENT_ROUTES.mqtt, syncUrl);
  fallback.protocol = "wss:";
  return [...new Set([mqttUrl, fallback.href])];
}
