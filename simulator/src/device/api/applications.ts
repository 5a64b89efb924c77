import { answer } from "../exchange.ts";
import type { Endpoint } from "../inside.ts";

/** No application is installed on a simulated device. */
export const applications: Endpoint = {
  path: "/axis-cgi/applications/list.cgi",
  offered: ({ webServer }) => webServer === "apache",
  answer: (call) => call.refusal("admin") ?? answer("text/xml", '<reply result="ok">\n</reply>\n'),
};
