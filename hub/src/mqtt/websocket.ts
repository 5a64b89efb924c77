import { createWebSocketStream, WebSocketServer } from "ws";
import { Fault, MQTT_LIMITS } from "@fyr/protocol";
import type { MqttUpgrade } from "../http/agents/upgrade.ts";
import { rawRefusal } from "../http/problem.ts";
import type { Broker } from "./broker.ts";

/** MQTT over WebSocket on the agents' port, for sites that let nothing else out (MQTT 3.1.1, 6). */
export function mqttOverWebSocket(broker: Broker): MqttUpgrade {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MQTT_LIMITS.packetBytes,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
  });
  server.on("wsClientError", (_error, socket) => {
    socket.end(rawRefusal(new Fault("MESSAGE_INVALID", { problems: ["not a WebSocket handshake"] }), "en"));
  });
  return (request, socket, head, identity) =>
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = createWebSocketStream(webSocket);
      broker.accept(stream, identity);
    });
}
