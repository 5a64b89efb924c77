import { answer } from "../exchange.ts";
import type { Endpoint } from "../inside.ts";
import type { RestartFor } from "../state.ts";
import { firmwareBusy } from "../upload.ts";

/** Clients look for the name of the message in the page (vapix.md 1.10). */
function restarting(path: string, next: RestartFor, message: string): Endpoint {
  const page = `<html><head><title>Restart</title></head><body onload="${message}()">${message}</body></html>\r\n`;
  return {
    path,
    answer(call) {
      const refusal = call.refusal("admin");
      if (refusal) return refusal;
      if (!firmwareBusy(call.device)) call.device.life.restart(next);
      return answer("text/html", page);
    },
  };
}

export const restart = restarting("/axis-cgi/restart.cgi", "restart", "restartMessage");
export const factoryDefault = restarting("/axis-cgi/factorydefault.cgi", "soft", "factoryMessage");
export const hardFactoryDefault = restarting("/axis-cgi/hardfactorydefault.cgi", "hard", "factoryMessage2");
