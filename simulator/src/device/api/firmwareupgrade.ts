import { UpgradeParams } from "../commit-policy.ts";
import { answer, hangUp, type Answer, type DeviceReply } from "../exchange.ts";
import type { Call, Endpoint } from "../inside.ts";
import { boundaryOf, multipart, MultipartError } from "../multipart.ts";
import { install, receiveImage, type Refusal } from "../upload.ts";

const page = (text: string): Answer =>
  answer("text/html", `<html><head><title>Firmware upgrade</title></head><body>${text}</body></html>\r\n`);

const refused = ({ code, message }: Refusal): Answer => page(`Error: ${message} (${code})`);

const STARTED = "The firmware is being upgraded. The device restarts when it is done.";

/** `type=factorydefault` also lets an older image in, as `hard` does. */
const paramsOf = (query: URLSearchParams): UpgradeParams =>
  UpgradeParams.parse({ factoryDefaultMode: query.get("type") === "factorydefault" ? "hard" : "none" });

/** The first part is the image, whatever it is called. */
async function upload(call: Call, boundary: string): Promise<DeviceReply> {
  const { device } = call;
  const params = paramsOf(call.query);
  let reply: DeviceReply | undefined;
  for await (const part of multipart(device.faults.upload(call.request.body), boundary)) {
    if (reply) {
      for await (const _chunk of part.body); // only one file is wanted
      continue;
    }
    const received = await receiveImage(device, part.body, params);
    if ("refused" in received) {
      reply = refused(received.refused);
      continue;
    }
    await install(device, received.taken.info, params);
    reply = device.dropsOnFlash ? hangUp : page(STARTED);
  }
  return device.faults.uploadReply(reply ?? page("Error: no file was sent"));
}

/** The upgrade of before 7.40; still there on 12, not on 13. The exact words were never recorded (vapix.md 1.10). */
export const firmwareUpgrade: Endpoint = {
  path: "/axis-cgi/firmwareupgrade.cgi",
  offered: ({ name }) => name !== "13",
  async answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const boundary = boundaryOf(call.request.headers["content-type"]);
    if (call.request.method !== "POST" || boundary === null) return page("Error: no file was sent");
    try {
      return await upload(call, boundary);
    } catch (error) {
      if (error instanceof MultipartError) return page("Error: the upload failed");
      throw error;
    }
  },
};
