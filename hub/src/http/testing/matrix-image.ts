import { packedImage } from "@fyr/certs/testing";
import { systemRandom } from "@fyr/runtime";
import { API_PREFIX } from "../api/routes/index.ts";
import type { ApiBed } from "./api-bed.ts";
import type { Site } from "../matrix/places.ts";

/** An image that the devices of all houses may get. */
export async function importImage(bed: ApiBed): Promise<Site["image"]> {
  const payload = await packedImage("gzip", {
    version: "12.11.77",
    models: ["P3265-V"],
    hardwareIds: ["7A1"],
    content: systemRandom.bytes(20_000),
  });
  const headers = { ...bed.operator, "content-type": "application/octet-stream" };
  await bed.app.inject({ method: "POST", url: `${API_PREFIX}/images`, headers, payload });
  const [image] = bed.library.all();
  if (!image) throw new Error("the image was not taken");
  return image;
}
