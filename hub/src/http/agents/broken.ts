import type { Server } from "node:https";
import type { Duplex } from "node:stream";
import { Fault } from "@fyr/protocol";
import { preferredLanguage } from "../language.ts";
import { rawRefusal } from "../problem.ts";

/** Broken requests never become an exchange, but are answered in the same form. */
export function refuseWhatIsNotHttp(server: Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
    const fault = tooLarge
      ? new Fault("MESSAGE_TOO_LARGE", { part: "headers" })
      : new Fault("MESSAGE_INVALID", { problems: ["not an HTTP request, or not in time"] });
    socket.end(rawRefusal(fault, "en"));
  });
  server.on("connect", (request, socket) => {
    const language = preferredLanguage(request.headers["accept-language"]);
    socket.end(rawRefusal(new Fault("METHOD_UNKNOWN"), language));
  });
  // A handshake that failed has no HTTP to answer in; without a listener it would end the process.
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
}
