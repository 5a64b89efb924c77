import { request } from "node:http";

const MOST_BYTES = 64 * 1024;

/** One exchange with a service of this host, on loopback alone. Null when nobody answers in time. */
export function localJson(
  url: string,
  { method = "GET", waitMs = 2_000 }: { readonly method?: "GET" | "POST"; readonly waitMs?: number } = {},
): Promise<unknown> {
  const { hostname } = new URL(url);
  if (hostname !== "127.0.0.1") return Promise.reject(new Error(`${hostname} is not this host`));
  return new Promise((resolve) => {
    const asked = request(url, { method, timeout: waitMs, agent: false }, (answer) => {
      let text = "";
      answer.on("data", (bytes: Buffer) => {
        if (text.length < MOST_BYTES) text += bytes.toString("utf8");
      });
      answer.once("end", () => resolve(answer.statusCode === 200 ? parse(text) : null));
      answer.once("error", () => resolve(null));
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(null));
    asked.end();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
